/** Longest window: 32 powers of two, or as many categories. */
const MOST_CODES = 1024;
/** Numbers that all windows together may hold. */
const MOST_WINDOWED = 8 * 1024 * 1024;
const FIRST_WINDOW = 8;
/** The bit of a code that is set for negative numbers. */
const SIGN = 16;

/**
 * How often each code came in each cell. The codes of a cell lie close together, those of negative and of positive numbers
 * each, so there are two windows of counters from the lowest code on: counting is one addition in one flat array. Zeros have
 * a counter of their own, and what lies far off from all others is looked up.
 */
export class CodeCounts {
  #counters = new Int32Array(4096);
  #used = 0;
  /** Of each window, two a cell: where its counters start, its lowest code, and how many codes it spans. */
  #starts = new Int32Array(512);
  #lows = new Int32Array(512);
  #spans = new Int32Array(512);
  readonly #zeros: number[] = [];
  readonly #far = new Map<number, Map<number, number>>();

  get cells(): number {
    return this.#zeros.length;
  }

  /** @returns the number of a new cell, from 0 */
  addCell(): number {
    const cell = this.#zeros.push(0) - 1;
    if (2 * cell === this.#spans.length) {
      this.#starts = grown(this.#starts, 4 * cell);
      this.#lows = grown(this.#lows, 4 * cell);
      this.#spans = grown(this.#spans, 4 * cell);
    }
    return cell;
  }

  /** Counts a code, a whole number from 0 to 2^30, once more in a cell. */
  add(cell: number, code: number): void {
    const window = 2 * cell + ((code >>> SIGN) & 1);
    const place = code - this.#lows[window]!;
    if (place >= 0 && place < this.#spans[window]!) this.#counters[this.#starts[window]! + place]!++;
    else if (code === 0) this.#zeros[cell]!++;
    else this.#addOutside(cell, window, code);
  }

  /** Tells the codes of a cell, each with how often it came. */
  each(cell: number, tell: (code: number, times: number) => void): void {
    const far = this.#far.get(cell);
    if (this.#zeros[cell]! > 0) tell(0, this.#zeros[cell]!);
    for (const window of [2 * cell, 2 * cell + 1]) {
      const [start, low, span] = [this.#starts[window]!, this.#lows[window]!, this.#spans[window]!];
      for (let place = 0; place < span; place++) {
        const times = this.#counters[start + place]! + (far?.get(low + place) ?? 0);
        if (times > 0) tell(low + place, times);
      }
    }
    for (const [code, times] of far ?? []) if (!this.#isWindowed(cell, code)) tell(code, times);
  }

  #isWindowed(cell: number, code: number): boolean {
    const window = 2 * cell + ((code >>> SIGN) & 1);
    const place = code - this.#lows[window]!;
    return place >= 0 && place < this.#spans[window]!;
  }

  #addOutside(cell: number, window: number, code: number): void {
    if (this.#widen(window, code)) {
      this.add(cell, code);
      return;
    }
    let far = this.#far.get(cell);
    if (far === undefined) this.#far.set(cell, (far = new Map()));
    far.set(code, (far.get(code) ?? 0) + 1);
  }

  /** Moves a window to a wider one that spans the code too. @returns false where there is no room for it */
  #widen(window: number, code: number): boolean {
    const [start, low, span] = [this.#starts[window]!, this.#lows[window]!, this.#spans[window]!];
    const from = span === 0 ? code : Math.min(low, code);
    const to = span === 0 ? code + 1 : Math.max(low + span, code + 1);
    // Twice as wide as is needed, on the side on which it was too narrow; never over the code of zero.
    const width = Math.max(FIRST_WINDOW, Math.min(MOST_CODES, 2 * (to - from)));
    if (to - from > MOST_CODES || this.#used + width > MOST_WINDOWED) return false;
    const first = span > 0 && code < low ? Math.max(1, to - width) : from;
    if (this.#used + width > this.#counters.length)
      this.#counters = grown(this.#counters, Math.max(this.#used + width, this.#counters.length * 2));
    this.#counters.copyWithin(this.#used + low - first, start, start + span);
    this.#starts[window] = this.#used;
    this.#lows[window] = first;
    this.#spans[window] = width;
    this.#used += width;
    return true;
  }
}

function grown(numbers: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(numbers);
  return larger;
}
