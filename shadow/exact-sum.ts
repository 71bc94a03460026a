/** Places that an exact sum takes: the nearest float64, and what it lacks. */
export const SUM_PLACES = 2;

/** Terms below this are rounded to 2^-72; those above it are multiples of 2^-73 as they are. */
const SMALL = 2 ** -21;
const ROUNDER = 1.5 * 2 ** -20;

/**
 * Adds a term to a sum, so that the sum is the same to the last bit in whatever order its terms come. It is exact while it stays
 * below 2^31, which is two billion probabilities; of a larger one the error is 2^-105, which its float64 hardly ever shows.
 * @param sums holds the sum at `at` and `at + 1`; where it is not finite only that is kept
 * @see Dekker 1971, Knuth 1997 (TwoSum): the rounding error of an addition is a float64 itself
 */
export function addExactly(sums: Float64Array, at: number, term: number): void {
  const x = Math.abs(term) < SMALL ? term + ROUNDER - ROUNDER : term;
  const high = sums[at] ?? 0;
  const sum = high + x;
  if (!Number.isFinite(sum)) {
    sums[at] = sum;
    return;
  }
  const ofX = sum - high;
  const low = (sums[at + 1] ?? 0) + (high - (sum - ofX) + (x - ofX));
  const whole = sum + low;
  const ofLow = whole - sum;
  sums[at] = whole;
  sums[at + 1] = sum - (whole - ofLow) + (low - ofLow);
}
