import type { Bins } from './bins.ts';

/**
 * The value below which `share` (0..1) of the counted values lie, linear within its bin: off by at most the bin's
 * width, which is 1/32 of the value in log-linear bins. NaN when the bins are empty.
 */
export function quantile(bins: Bins, share: number): number {
  const { low, high, count, from, to, total } = bins;
  const rank = Math.min(Math.max(share, 0), 1) * total;
  let below = 0;
  for (let at = from; at < to; at++) {
    const here = count[at]!;
    if (here > 0 && below + here >= rank) return within(low[at]!, high[at]!, (rank - below) / here);
    below += here;
  }
  return NaN;
}

/** Sum of the counts of categories. */
export function totalOf(counted: readonly { readonly count: number }[]): number {
  let total = 0;
  for (const { count } of counted) total += count;
  return total;
}

function within(low: number, high: number, part: number): number {
  // The bin that holds 0 reaches to the smallest numbers there are: that is 0 to anyone who reads it.
  if (Math.abs(low) < 1e-300 && Math.abs(high) < 1e-300) return 0;
  if (!Number.isFinite(high)) return low;
  if (!Number.isFinite(low)) return high;
  return low * (1 - part) + high * part;
}
