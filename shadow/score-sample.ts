import { rankCorrelation, rankCorrelationInTurns } from './rank-correlation.ts';
import type { PairCounts } from './compare.ts';
import type { Pairs } from './tally.ts';

/** What a slice of the traffic counts, by weight. */
type RankedCounts = Pick<PairCounts, 'slice' | 'pairs' | 'controlDeclines'>;

/** Scores of both models on a sample of the predictions, kept in memory for what sums cannot tell: ranks and quantiles. */
export class ScoreSample {
  readonly #control: Float64Array;
  readonly #candidate: Float64Array;
  /** For each tag: the slice of each pair, from 1; 0 where it has none. */
  readonly #slices: Uint32Array[] = [];
  readonly #names: string[] = [''];
  readonly #numberOf = new Map<string, number>([['', 0]]);
  #size = 0;

  /** @param most pairs; further ones are left out */
  constructor(most: number) {
    this.#control = new Float64Array(most);
    this.#candidate = new Float64Array(most);
  }

  /** @param inSample whether a row of the page belongs to the sample */
  add(pairs: Pairs, inSample: (row: number) => boolean): void {
    const numbers = pairs.slices.map(({ keys }) => keys.map((key) => this.#number(key)));
    while (this.#slices.length < numbers.length) this.#slices.push(new Uint32Array(this.#control.length));
    for (let row = 0; row < pairs.rows && this.#size < this.#control.length; row++) {
      const [control, candidate] = [pairs.recorded[row] ?? Number.NaN, pairs.candidate[row] ?? Number.NaN];
      if (!inSample(row) || !Number.isFinite(control) || !Number.isFinite(candidate)) continue;
      this.#control[this.#size] = control;
      this.#candidate[this.#size] = candidate;
      for (const [tag, of] of numbers.entries()) {
        const slices = this.#slices[tag];
        if (slices !== undefined) slices[this.#size] = of[pairs.slices[tag]?.indexes[row] ?? 0] ?? 0;
      }
      this.#size++;
    }
  }

  /**
   * Spearman's rank correlation in a slice; null where it is not known.
   * @param threshold of the control, where it declines and approves in other shares of the sample than of the traffic: each
   *   side then weighs what it does in the counts of the slice
   */
  rankCorrelation(counts: RankedCounts, threshold: number | null): number | null {
    return rankCorrelation(...this.#weighed(counts, threshold));
  }

  /** The same, while others are served. */
  rankCorrelationInTurns(counts: RankedCounts, threshold: number | null): Promise<number | null> {
    return rankCorrelationInTurns(...this.#weighed(counts, threshold));
  }

  #weighed(
    { slice, pairs, controlDeclines }: RankedCounts,
    threshold: number | null,
  ): [Float64Array, Float64Array, Float64Array?] {
    const [control, candidate] = this.#of(slice);
    if (threshold === null) return [control, candidate];
    const declined = control.reduce((sum, score) => sum + (score >= threshold ? 1 : 0), 0);
    const ofDeclined = controlDeclines / declined;
    const ofApproved = (pairs - controlDeclines) / (control.length - declined);
    return [control, candidate, control.map((score) => (score >= threshold ? ofDeclined : ofApproved))];
  }

  #of(slice: string): [Float64Array, Float64Array] {
    const [control, candidate] = [this.#control.subarray(0, this.#size), this.#candidate.subarray(0, this.#size)];
    if (slice === 'all') return [control, candidate];
    const number = this.#numberOf.get(slice);
    const inSlice = (_: number, at: number): boolean =>
      number !== undefined && this.#slices.some((of) => of[at] === number);
    return [control.filter(inSlice), candidate.filter(inSlice)];
  }

  #number(name: string): number {
    const known = this.#numberOf.get(name);
    if (known !== undefined) return known;
    this.#numberOf.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }
}
