import { LOG_PARTS, logSum, SHARES } from './bets.ts';
import type { Outcomes } from './evidence.ts';

/**
 * Logarithm of the e-value against "the mean is at most `mean`": the capital of a gambler who starts with 1, spreads it
 * over constant bets, and wins where outcomes lie above `mean`. A product does not care about the order of its factors, so
 * counts are enough, and the value may be looked at after every event: under the hypothesis it ever reaches 1/alpha with a
 * chance of at most alpha. Falls as `mean` rises.
 * Where events carry weights, the mean is the weighted one: each event moves the capital by its weight, and the largest
 * weight must be known before any event is seen.
 * @param range smallest and largest possible outcome; `mean` lies strictly between them
 * @see Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting, arXiv 2010.09686: grid Kelly
 */
export function logEvidenceAbove(
  outcomes: Outcomes,
  range: readonly [number, number],
  mean: number,
  largestWeight = 1,
): number {
  const largest = 1 / (largestWeight * (mean - range[0]));
  return logMixture(outcomes.map(([value, count, weight = 1]) => [largest * weight * (value - mean), count]));
}

/** The same against "the mean is at least `mean`". Rises with `mean`. */
export function logEvidenceBelow(
  outcomes: Outcomes,
  range: readonly [number, number],
  mean: number,
  largestWeight = 1,
): number {
  const largest = 1 / (largestWeight * (range[1] - mean));
  return logMixture(outcomes.map(([value, count, weight = 1]) => [largest * weight * (mean - value), count]));
}

/** ln of the sum over bets of their part times the product of (1 + share * gain) over all events; gains are at least -1. */
function logMixture(gains: readonly (readonly [gain: number, count: number])[]): number {
  return logSum(
    SHARES.map((share, at) => {
      let log = LOG_PARTS[at] ?? -Infinity;
      for (const [gain, count] of gains) log += count * Math.log1p(share * gain);
      return log;
    }),
  );
}

/**
 * Confidence sequence of the mean: every mean below the first bound is refuted at `alphaBelow`, every one above the second
 * at `alphaAbove`; each bound is wrong, at any of all looks, with at most its alpha.
 */
export function meanInterval(
  outcomes: Outcomes,
  range: readonly [number, number],
  alphaBelow: number,
  alphaAbove: number,
  largestWeight = 1,
): readonly [number, number] {
  const [low, high] = range;
  const lower = lastTrue(
    low,
    high,
    (mean) => logEvidenceAbove(outcomes, range, mean, largestWeight) >= -Math.log(alphaBelow),
  );
  const upper = lastTrue(
    high,
    low,
    (mean) => logEvidenceBelow(outcomes, range, mean, largestWeight) >= -Math.log(alphaAbove),
  );
  return [lower, upper];
}

/** The point furthest from `start` towards `end` up to which `refuted` holds; bisection, the answer is on the refuted side. */
function lastTrue(start: number, end: number, refuted: (point: number) => boolean): number {
  let [held, failed] = [start, end];
  for (let step = 0; step < 45; step++) {
    const middle = (held + failed) / 2;
    if (refuted(middle)) held = middle;
    else failed = middle;
  }
  return held;
}
