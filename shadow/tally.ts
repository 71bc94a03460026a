import type { PairCounts } from './compare.ts';
import { addExactly, SUM_PLACES } from './exact-sum.ts';

/** Why a prediction has no shadow score; the order is that of the codes in a column. */
export const SCORE_ERRORS = ['', 'not_finite', 'no_score', 'timeout', 'worker_lost'] as const;
export type ScoreError = (typeof SCORE_ERRORS)[number];

/** Predictions that both models have seen, as columns of the same length. */
export interface Pairs {
  readonly rows: number;
  /** NaN where no score was recorded. */
  readonly recorded: Float64Array;
  /** NaN where there is no score. */
  readonly candidate: Float32Array;
  /** Money at stake. */
  readonly stakes: Float64Array;
  /** Index into `SCORE_ERRORS`. */
  readonly errors: Uint8Array;
  /** For each tag that cuts the traffic: names of slices, and one index a prediction; the empty name is no slice. */
  readonly slices: readonly { readonly keys: readonly string[]; readonly indexes: ArrayLike<number> }[];
}

/** What is counted of each slice: how many were seen, errors, and the pairs with a score of both by what the control decides. */
const COUNTS = [
  'replayed',
  'unscored',
  'approved',
  'declined',
  'toDecline',
  'toApprove',
  ...SCORE_ERRORS.slice(1),
] as const;
/** Exact sums over what the control approves; the same over what it declines follow. Money is that of the flips. */
const SUMS = ['value', 'control', 'candidate', 'shiftSquares'] as const;
type Count = (typeof COUNTS)[number];
type Sum = (typeof SUMS)[number];
const AT = Object.fromEntries(COUNTS.map((count, at) => [count, at])) as Record<Count, number>;
const SUM_AT = Object.fromEntries(SUMS.map((sum, at) => [sum, COUNTS.length + at * SUM_PLACES])) as Record<Sum, number>;
const STRATUM = SUMS.length * SUM_PLACES;
const WIDTH = COUNTS.length + 2 * STRATUM;

/** A tag with a value for every customer is no slice: what goes beyond is counted together. */
const MOST_SLICES = 2000;

/** When control and candidate decline, and how many predictions one that the control approves, or declines, stands for. */
export interface TallyRules {
  readonly thresholds: { readonly control: number; readonly candidate: number };
  readonly weights: { readonly approved: number; readonly declined: number };
}

/** Counts of a tally in plain values, to be kept. */
export type TallyRecord = Readonly<Record<string, readonly number[]>>;

/** Whether counts were kept in the present form. */
export function isTallyRecord(record: TallyRecord): boolean {
  return Object.values(record).every(({ length }) => length === WIDTH);
}

/**
 * Counts pairs by slice while they are in hand, so that no pair need be found again: sums that can be kept, and taken up
 * after a restart. They do not depend on the order in which pairs come, so an interruption changes no digit.
 */
export class Tally {
  readonly #rules: TallyRules;
  readonly #slices = new Map<string, Float64Array>();

  /** @param record what was counted before */
  constructor(rules: TallyRules, record: TallyRecord = {}) {
    this.#rules = rules;
    for (const [slice, counts] of Object.entries(record)) this.#slices.set(slice, Float64Array.from(counts));
  }

  /** Takes a page in. */
  add(pairs: Pairs): void {
    const cells = pairs.slices.map(({ keys, indexes }) => ({
      indexes,
      of: keys.map((key) => (key === '' ? null : this.#slice(key))),
    }));
    const all = this.#slice('all');
    for (let row = 0; row < pairs.rows; row++) {
      this.#count(all, pairs, row);
      for (const { indexes, of } of cells) {
        const slice = of[indexes[row] ?? 0];
        if (slice !== null && slice !== undefined) this.#count(slice, pairs, row);
      }
    }
  }

  get replayed(): number {
    return this.#slices.get('all')?.[AT.replayed] ?? 0;
  }

  record(): TallyRecord {
    return Object.fromEntries([...this.#slices].map(([slice, counts]) => [slice, [...counts]]));
  }

  /** `all` first, then the largest slices. */
  counts(most: number): PairCounts[] {
    const named = [...this.#slices].map(([slice, counts]) => toCounts(slice, counts, this.#rules));
    return named
      .sort(
        (a, b) =>
          Number(b.slice === 'all') - Number(a.slice === 'all') ||
          b.replayed - a.replayed ||
          a.slice.localeCompare(b.slice),
      )
      .slice(0, most + 1);
  }

  #slice(name: string): Float64Array {
    const key = this.#slices.has(name) || this.#slices.size <= MOST_SLICES ? name : `${name.split('=', 1)[0]}=(other)`;
    let counts = this.#slices.get(key);
    if (counts === undefined) this.#slices.set(key, (counts = new Float64Array(WIDTH)));
    return counts;
  }

  #count(counts: Float64Array, { recorded, candidate, stakes, errors }: Pairs, row: number): void {
    const [control, ours, error] = [recorded[row] ?? Number.NaN, candidate[row] ?? Number.NaN, errors[row] ?? 0];
    bump(counts, AT.replayed, 1);
    if (error > 0) bump(counts, AT.not_finite + error - 1, 1);
    if (!Number.isFinite(control)) bump(counts, AT.unscored, 1);
    else if (Number.isFinite(ours)) this.#countPair(counts, control, ours, stakes[row] ?? 0);
  }

  #countPair(counts: Float64Array, control: number, ours: number, stake: number): void {
    const { thresholds } = this.#rules;
    const [before, after] = [control >= thresholds.control, ours >= thresholds.candidate];
    const stratum = before ? STRATUM : 0;
    bump(counts, before ? AT.declined : AT.approved, 1);
    if (before !== after) {
      bump(counts, after ? AT.toDecline : AT.toApprove, 1);
      addExactly(counts, SUM_AT.value + stratum, stake);
    }
    addExactly(counts, SUM_AT.control + stratum, control);
    addExactly(counts, SUM_AT.candidate + stratum, ours);
    addExactly(counts, SUM_AT.shiftSquares + stratum, (ours - control) ** 2);
  }
}

function bump(counts: Float64Array, at: number, by: number): void {
  counts[at] = (counts[at] ?? 0) + by;
}

function toCounts(slice: string, counts: Float64Array, { weights }: TallyRules): PairCounts {
  const of = (count: Count): number => counts[AT[count]] ?? 0;
  const sums = (sum: Sum): readonly [number, number] => [counts[SUM_AT[sum]] ?? 0, counts[SUM_AT[sum] + STRATUM] ?? 0];
  const weighed = ([approved, declined]: readonly [number, number], power = 1): number =>
    weights.approved ** power * approved + weights.declined ** power * declined;
  const [ofControl, ofCandidate] = [sums('control'), sums('candidate')];
  const shift = weighed([ofCandidate[0] - ofControl[0], ofCandidate[1] - ofControl[1]]);
  const both = [of('approved'), of('declined')] as const;
  // Whoever is flipped to a decline was approved.
  const flipped = [of('toDecline'), of('toApprove')] as const;
  const [pairs, pairSquares] = [weighed(both), weighed(both, 2)];
  const [flips, flipSquares] = [weighed(flipped), weighed(flipped, 2)];
  const mean = (sum: number): number | null => (pairs === 0 ? null : sum / pairs);
  const effectivePairs = pairSquares === 0 ? 0 : (pairs * pairs) / pairSquares;
  const variance = pairs === 0 ? 0 : weighed(sums('shiftSquares')) / pairs - (shift / pairs) ** 2;
  const errors = SCORE_ERRORS.slice(1).map((error) => [error, of(error as Count)] as const);
  return {
    slice,
    recorded: of('replayed'),
    replayed: of('replayed'),
    errors: Object.fromEntries(errors.filter(([, count]) => count > 0)),
    unscored: of('unscored'),
    pairs,
    effectivePairs,
    effectiveFlips: flipSquares === 0 ? 0 : (flips * flips) / flipSquares,
    weights,
    toDecline: weights.approved * flipped[0],
    toApprove: weights.declined * flipped[1],
    valueToDecline: weights.approved * sums('value')[0],
    valueToApprove: weights.declined * sums('value')[1],
    controlDeclines: weights.declined * both[1],
    controlMean: mean(weighed(ofControl)),
    candidateMean: mean(weighed(ofCandidate)),
    shiftMean: mean(shift),
    shiftVariance: effectivePairs < 2 ? null : (Math.max(0, variance) * effectivePairs) / (effectivePairs - 1),
  };
}
