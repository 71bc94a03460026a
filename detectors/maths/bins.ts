import type { Bin } from '../terms.ts';

/**
 * Counted numbers in ascending bins that do not overlap, held as columns: places `from` to `to` of arrays that other bins may
 * share. What loops over columns makes no objects; iterating gives each bin as one, for whoever shows or stores it.
 */
export class Bins implements Iterable<Bin> {
  static readonly none: Bins = Bins.of([]);

  readonly #low: Float64Array;
  readonly #high: Float64Array;
  readonly #count: Float64Array;
  readonly #from: number;
  readonly #to: number;
  #total = NaN;

  /** @param low, high, count columns that never change; without `from` and `to` all of them */
  constructor(low: Float64Array, high: Float64Array, count: Float64Array, from = 0, to: number = low.length) {
    this.#low = low;
    this.#high = high;
    this.#count = count;
    this.#from = from;
    this.#to = to;
  }

  static of(bins: readonly Bin[]): Bins {
    return new Bins(
      Float64Array.from(bins, ({ low }) => low),
      Float64Array.from(bins, ({ high }) => high),
      Float64Array.from(bins, ({ count }) => count),
    );
  }

  /** The lower edges, which belong to their bins. */
  get low(): Float64Array {
    return this.#low;
  }

  /** The upper edges, which do not, unless they are the lower ones too: a bin of one value. */
  get high(): Float64Array {
    return this.#high;
  }

  get count(): Float64Array {
    return this.#count;
  }

  /** Place of the first bin in the columns. */
  get from(): number {
    return this.#from;
  }

  /** The place behind the last. */
  get to(): number {
    return this.#to;
  }

  /** How many bins there are. */
  get length(): number {
    return this.#to - this.#from;
  }

  /** Sum of the counts. */
  get total(): number {
    if (Number.isNaN(this.#total)) {
      let total = 0;
      for (let at = this.#from; at < this.#to; at++) total += this.#count[at]!;
      this.#total = total;
    }
    return this.#total;
  }

  /** Those that hold anything; as a rule all do. */
  filled(): Bins {
    let end = 0;
    for (let at = this.#from; at < this.#to; at++) if (this.#count[at]! > 0) end++;
    return end === this.length ? this : Bins.of([...this].filter(({ count }) => count > 0));
  }

  *[Symbol.iterator](): Generator<Bin, void> {
    for (let at = this.#from; at < this.#to; at++)
      yield { low: this.#low[at]!, high: this.#high[at]!, count: this.#count[at]! };
  }

  toJSON(): Bin[] {
    return [...this];
  }
}
