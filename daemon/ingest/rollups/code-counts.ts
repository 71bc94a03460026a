/** Numbers an entry is made of: its cell, its code, how often it came, and the next entry of the cell, plus one. */
const WIDTH = 4;

/** How often each code came in each cell: one flat table for all of them, as they are many and mostly small. */
export class CodeCounts {
  #entries = new Int32Array(256 * WIDTH);
  #length = 0;
  /** Entries by hash, plus one; 0 is a free place. At most half of the places are taken. */
  #index = new Int32Array(512);
  /** First and last entry of each cell, plus one. */
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];

  get cells(): number {
    return this.#firsts.length;
  }

  /** @returns the number of a new cell, from 0 */
  addCell(): number {
    this.#lasts.push(0);
    return this.#firsts.push(0) - 1;
  }

  /** Counts a code, a whole number below 2^31, once more in a cell. */
  add(cell: number, code: number): void {
    if (this.#length * 2 >= this.#index.length) this.#grow();
    const entries = this.#entries;
    const index = this.#index;
    const mask = index.length - 1;
    for (let place = hashOf(cell, code) & mask; ; place = (place + 1) & mask) {
      const entry = index[place]!;
      if (entry === 0) {
        index[place] = this.#append(cell, code);
        return;
      }
      const at = (entry - 1) * WIDTH;
      if (entries[at] === cell && entries[at + 1] === code) {
        entries[at + 2]!++;
        return;
      }
    }
  }

  /** Tells the codes of a cell in the order in which they first came. */
  each(cell: number, tell: (code: number, times: number) => void): void {
    const entries = this.#entries;
    for (let entry = this.#firsts[cell]!; entry !== 0;) {
      const at = (entry - 1) * WIDTH;
      tell(entries[at + 1]!, entries[at + 2]!);
      entry = entries[at + 3]!;
    }
  }

  /** @returns the number of the entry, plus one */
  #append(cell: number, code: number): number {
    const entries = this.#entries;
    const at = this.#length++ * WIDTH;
    entries[at] = cell;
    entries[at + 1] = code;
    entries[at + 2] = 1;
    const last = this.#lasts[cell]!;
    if (last === 0) this.#firsts[cell] = this.#length;
    else entries[(last - 1) * WIDTH + 3] = this.#length;
    this.#lasts[cell] = this.#length;
    return this.#length;
  }

  #grow(): void {
    const entries = new Int32Array(this.#entries.length * 2);
    entries.set(this.#entries);
    this.#entries = entries;
    this.#index = new Int32Array(this.#index.length * 2);
    const mask = this.#index.length - 1;
    for (let entry = 0; entry < this.#length; entry++) {
      const at = entry * WIDTH;
      let place = hashOf(entries[at]!, entries[at + 1]!) & mask;
      while (this.#index[place] !== 0) place = (place + 1) & mask;
      this.#index[place] = entry + 1;
    }
  }
}

function hashOf(cell: number, code: number): number {
  const mixed = Math.imul(cell, 0x9e_37_79_b1) + Math.imul(code, 0x85_eb_ca_77);
  return mixed ^ (mixed >>> 15);
}
