import { setImmediate as nextTurn } from 'node:timers/promises';
import { firstAtLeast } from './first-at-least.ts';

/**
 * Spearman's rank correlation: Pearson's of the ranks, where equal values share the mean of their ranks.
 * @returns null with fewer than two values, or where one side is all the same
 */
export function rankCorrelation(first: Float64Array, second: Float64Array): number | null {
  const steps = correlating(first, second);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The same, with a pause after every few milliseconds of it, in which others are served. */
export async function rankCorrelationInTurns(first: Float64Array, second: Float64Array): Promise<number | null> {
  const steps = correlating(first, second);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await nextTurn();
  }
}

/** Values ranked between two pauses: some two milliseconds. */
const A_STEP = 16_384;

function* correlating(first: Float64Array, second: Float64Array): Generator<undefined, number | null> {
  return pearson(yield* ranking(first), yield* ranking(second));
}

/** Sorted as numbers and looked up again, which takes two thirds of the time of a sort of places by their values. */
function* ranking(values: Float64Array): Generator<undefined, Float64Array> {
  const sorted = values.toSorted();
  yield;
  const rankAt = ranksOf(sorted);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < values.length; from += A_STEP) {
    yield;
    const to = Math.min(from + A_STEP, values.length);
    for (let at = from; at < to; at++) ranks[at] = rankAt[firstAtLeast(sorted, values[at]!)] ?? 0;
  }
  return ranks;
}

/** The rank of each first one of equal values. */
function ranksOf(sorted: Float64Array): Float64Array {
  const rankAt = new Float64Array(sorted.length);
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    rankAt[from] = (from + 1 + to) / 2;
  }
  return rankAt;
}

function pearson(a: Float64Array, b: Float64Array): number | null {
  const middle = (a.length + 1) / 2;
  let [together, ofFirst, ofSecond] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [(a[at] ?? 0) - middle, (b[at] ?? 0) - middle];
    together += x * y;
    ofFirst += x * x;
    ofSecond += y * y;
  }
  return ofFirst === 0 || ofSecond === 0 ? null : together / Math.sqrt(ofFirst * ofSecond);
}
