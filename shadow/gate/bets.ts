/** Bets as shares of the largest bet that cannot lose everything, from 0.99 down by halves of an octave. */
export const SHARES: readonly number[] = Array.from({ length: 21 }, (_, step) => 0.99 * 2 ** (-step / 2));

/**
 * What of the starting capital goes to each, before it is divided by the sum: the same down to an eightieth, which decides
 * within some ten thousand events, then less and less, for differences that nobody waits for.
 */
const PARTS = SHARES.map((_, step) => (step <= 12 ? 1 : 2 ** (12 - step)));

const TOTAL = PARTS.reduce((sum, part) => sum + part, 0);

/** ln of the part of the starting capital that each bet gets; the parts make one. */
export const LOG_PARTS: readonly number[] = PARTS.map((part) => Math.log(part / TOTAL));

/** ln of the sum of what the logarithms stand for, without overflow. */
export function logSum(logs: ArrayLike<number>): number {
  let largest = -Infinity;
  for (let at = 0; at < logs.length; at++) largest = Math.max(largest, logs[at] ?? -Infinity);
  if (!Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let at = 0; at < logs.length; at++) {
    const below = (logs[at] ?? -Infinity) - largest;
    // Less than a rounding error.
    if (below > -40) sum += Math.exp(below);
  }
  return largest + Math.log(sum);
}
