import type { Outcomes } from './evidence.ts';

/**
 * Bets as shares of the largest bet that cannot lose everything, from 0.99 down by halves of an octave, and what of the
 * starting capital goes to each: most to the bold ones, which pay when events are rare, some to every size.
 */
const SHARES = Array.from({ length: 21 }, (_, step) => 0.99 * 2 ** (-step / 2));
const TOTAL = SHARES.reduce((sum, _, step) => sum + 1 / (step + 1), 0);
const BETS = SHARES.map((share, step) => ({ share, logWeight: -Math.log((step + 1) * TOTAL) }));

/**
 * Logarithm of the e-value against "the mean is at most `mean`": the capital of a gambler who starts with 1, spreads it
 * over constant bets, and wins where outcomes lie above `mean`. A product does not care about the order of its factors, so
 * counts are enough, and the value may be looked at after every event: under the hypothesis it ever reaches 1/alpha with a
 * chance of at most alpha. Falls as `mean` rises.
 * @param range smallest and largest possible outcome; `mean` lies strictly between them
 * @see Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting, arXiv 2010.09686: grid Kelly
 */
export function logEvidenceAbove(outcomes: Outcomes, range: readonly [number, number], mean: number): number {
  const largest = 1 / (mean - range[0]);
  return logMixture(outcomes.map(([value, count]) => [largest * (value - mean), count]));
}

/** The same against "the mean is at least `mean`". Rises with `mean`. */
export function logEvidenceBelow(outcomes: Outcomes, range: readonly [number, number], mean: number): number {
  const largest = 1 / (range[1] - mean);
  return logMixture(outcomes.map(([value, count]) => [largest * (mean - value), count]));
}

/** ln of the sum over bets of weight times the product of (1 + share * gain) over all events; gains are at least -1. */
function logMixture(gains: readonly (readonly [gain: number, count: number])[]): number {
  const logs = BETS.map(({ share, logWeight }) =>
    gains.reduce((sum, [gain, count]) => sum + count * Math.log1p(share * gain), logWeight),
  );
  const largest = Math.max(...logs);
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0));
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
): readonly [number, number] {
  const [low, high] = range;
  const lower = lastTrue(low, high, (mean) => logEvidenceAbove(outcomes, range, mean) >= -Math.log(alphaBelow));
  const upper = lastTrue(high, low, (mean) => logEvidenceBelow(outcomes, range, mean) >= -Math.log(alphaAbove));
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
