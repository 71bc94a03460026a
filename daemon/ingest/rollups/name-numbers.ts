/**
 * Numbers names from 0 in the order in which they first come. Records repeat their names in the same order, so the name that
 * followed the one before is tried first: a comparison in place of a hash.
 */
export class NameNumbers {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** By number: what followed it last, and at the end what came first of all. */
  readonly #after: number[] = [0];
  #last = 0;

  /** @returns -1 where the name has no number */
  find(name: string): number {
    const guess = this.#after[this.#last]!;
    if (this.names[guess] === name) return (this.#last = guess);
    const found = this.#numbers.get(name);
    if (found === undefined) return -1;
    this.#after[this.#last] = found;
    return (this.#last = found);
  }

  /** Numbers a name that has none. */
  add(name: string): number {
    const number = this.names.push(name) - 1;
    this.#numbers.set(name, number);
    this.#after[number] ??= 0;
    this.#after[this.#last] = number;
    return (this.#last = number);
  }
}
