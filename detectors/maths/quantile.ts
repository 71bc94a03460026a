import type { Bin } from '../terms.ts';

/**
 * The value below which `share` (0..1) of the counted values lie, linear within its bin: off by at most the bin's
 * width, which is 1/32 of the value in log-linear bins. NaN when the bins are empty.
 */
export function quantile(bins: readonly Bin[], share: number): number {
  const total = totalOf(bins);
  const rank = Math.min(Math.max(share, 0), 1) * total;
  let below = 0;
  for (const bin of bins) {
    if (bin.count > 0 && below + bin.count >= rank) return within(bin, (rank - below) / bin.count);
    below += bin.count;
  }
  return NaN;
}

/** Sum of the counts of bins or categories. */
export function totalOf(counted: readonly { readonly count: number }[]): number {
  let total = 0;
  for (const { count } of counted) total += count;
  return total;
}

function within({ low, high }: Bin, part: number): number {
  // The bin that holds 0 reaches to the smallest numbers there are: that is 0 to anyone who reads it.
  if (Math.abs(low) < 1e-300 && Math.abs(high) < 1e-300) return 0;
  if (!Number.isFinite(high)) return low;
  if (!Number.isFinite(low)) return high;
  return low * (1 - part) + high * part;
}
