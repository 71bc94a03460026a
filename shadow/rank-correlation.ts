import { setImmediate as nextTurn } from 'node:timers/promises';
import { firstAtLeast } from './first-at-least.ts';

/**
 * Spearman's rank correlation: Pearson's of the ranks, where equal values share the mean of their ranks.
 * @param weights how many pairs each one stands for, 1 each without it: as if each were there so many times
 * @returns null with fewer than two values, or where one side is all the same
 */
export function rankCorrelation(first: Float64Array, second: Float64Array, weights?: Float64Array): number | null {
  const steps = correlating(first, second, weights);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The same, with a pause after every few milliseconds of it, in which others are served. */
export async function rankCorrelationInTurns(
  first: Float64Array,
  second: Float64Array,
  weights?: Float64Array,
): Promise<number | null> {
  const steps = correlating(first, second, weights);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await nextTurn();
  }
}

/** Values ranked between two pauses: some two milliseconds. */
const A_STEP = 16_384;

function* correlating(first: Float64Array, second: Float64Array, weights?: Float64Array): Ranking<number | null> {
  return pearson(yield* ranking(first, weights), yield* ranking(second, weights), weights);
}

type Ranking<T> = Generator<undefined, T>;

/**
 * A rank is the weight of what is smaller and half of what is equal. Sorted as numbers and looked up again, which takes two
 * thirds of the time of a sort of places by their values.
 */
function* ranking(values: Float64Array, weights: Float64Array | undefined): Ranking<Float64Array> {
  const sorted = values.toSorted();
  const places = new Uint32Array(values.length);
  const weightAt = new Float64Array(values.length);
  for (let from = 0; from < values.length; from += A_STEP) {
    yield;
    const to = Math.min(from + A_STEP, values.length);
    for (let at = from; at < to; at++) {
      const place = firstAtLeast(sorted, values[at]!);
      places[at] = place;
      weightAt[place]! += weights?.[at] ?? 1;
    }
  }
  yield;
  const rankAt = ranksOf(weightAt);
  return values.map((_, at) => rankAt[places[at]!]!);
}

/** The rank of each first one of equal values, by the weight of them all. */
function ranksOf(weightAt: Float64Array): Float64Array {
  let below = 0;
  return weightAt.map((weight) => {
    below += weight;
    return below - weight / 2;
  });
}

function pearson(a: Float64Array, b: Float64Array, weights: Float64Array | undefined): number | null {
  const middle = (weights?.reduce((sum, weight) => sum + weight, 0) ?? a.length) / 2;
  let [together, ofFirst, ofSecond] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [(a[at] ?? 0) - middle, (b[at] ?? 0) - middle];
    const weight = weights?.[at] ?? 1;
    together += weight * x * y;
    ofFirst += weight * x * x;
    ofSecond += weight * y * y;
  }
  return ofFirst === 0 || ofSecond === 0 ? null : together / Math.sqrt(ofFirst * ofSecond);
}
