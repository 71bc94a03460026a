import type { ScoredOutcome } from '../terms.ts';
import { weightsOf } from './class-weights.ts';

/** Scores, ascending, and the share of positives that each stands for, which never falls. */
export interface Knots {
  readonly scores: Float64Array;
  readonly probabilities: Float64Array;
}

/**
 * The share of positives as a function of the score that never falls: isotonic regression of outcomes in ascending score
 * (pool adjacent violators), linear between the scores that were seen and constant beyond, as in scikit-learn.
 */
export function isotonicCalibration(outcomes: readonly ScoredOutcome[]): (score: number) => number {
  const weights = outcomes.map(weightsOf);
  const knots = poolAdjacentViolators(
    Float64Array.from(outcomes, ({ score }) => score),
    Float64Array.from(weights, ({ positives }) => positives),
    Float64Array.from(weights, ({ negatives }) => negatives),
  );
  return (score) => probabilityAt(knots, score, placeAfter(knots, score));
}

/**
 * Isotonic regression of weights of positives and negatives at ascending scores; scores without weight are passed over.
 * @see Barlow, Bartholomew, Bremner and Brunk, Statistical inference under order restrictions, 1972
 */
export function poolAdjacentViolators(scores: Float64Array, positives: Float64Array, negatives: Float64Array): Knots {
  const { length } = scores;
  const [weight, hits] = [new Float64Array(length), new Float64Array(length)];
  const [from, to] = [new Float64Array(length), new Float64Array(length)];
  let pools = 0;
  for (let at = 0; at < length; at++) {
    const up = positives[at] ?? 0;
    const both = up + (negatives[at] ?? 0);
    if (both === 0) continue;
    weight[pools] = both;
    hits[pools] = up;
    from[pools] = to[pools] = scores[at] ?? NaN;
    for (; pools > 0; pools--) {
      const before = pools - 1;
      if (shareOf(hits, weight, before) < shareOf(hits, weight, pools)) break;
      weight[before] = (weight[before] ?? 0) + (weight[pools] ?? 0);
      hits[before] = (hits[before] ?? 0) + (hits[pools] ?? 0);
      to[before] = to[pools] ?? NaN;
    }
    pools++;
  }
  const knots = { scores: new Float64Array(2 * pools), probabilities: new Float64Array(2 * pools) };
  let count = 0;
  const add = (score: number, probability: number): void => {
    knots.scores[count] = score;
    knots.probabilities[count++] = probability;
  };
  for (let pool = 0; pool < pools; pool++) {
    const [first, last] = [from[pool] ?? NaN, to[pool] ?? NaN];
    add(first, shareOf(hits, weight, pool));
    if (last !== first) add(last, shareOf(hits, weight, pool));
  }
  return { scores: knots.scores.subarray(0, count), probabilities: knots.probabilities.subarray(0, count) };
}

function shareOf(hits: Float64Array, weight: Float64Array, pool: number): number {
  return (hits[pool] ?? 0) / (weight[pool] ?? 0);
}

/** The first knot above a score. */
export function placeAfter({ scores }: Knots, score: number): number {
  let [from, to] = [0, scores.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((scores[middle] ?? Infinity) <= score) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** What a score stands for, given the first knot above it; NaN without knots. */
export function probabilityAt({ scores, probabilities }: Knots, score: number, above: number): number {
  const upper = probabilities[above];
  const lower = probabilities[above - 1];
  if (lower === undefined) return upper ?? NaN;
  if (upper === undefined) return lower;
  const below = scores[above - 1] ?? NaN;
  const part = (score - below) / ((scores[above] ?? NaN) - below);
  return lower + part * (upper - lower);
}
