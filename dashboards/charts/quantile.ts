import type { Distribution } from '../../daemon/api/contract.ts';

export type Bins = Distribution['current']['bins'];

/**
 * The value below which a share of the records lies, from ascending bins: linear inside a bin, so at most one bin
 * wide of the truth. Null without records.
 */
export function quantile(bins: Bins, share: number): number | null {
  const total = binTotal(bins);
  if (total === 0) return null;
  let left = share * total;
  let last: number | null = null;
  for (const { low, high, count } of bins) {
    if (count === 0) continue;
    if (left <= count) return low + (high - low) * (left / count);
    left -= count;
    last = high;
  }
  return last;
}

/** Mean of the records, each taken at the middle of its bin. Null without records. */
export function binMean(bins: Bins): number | null {
  const total = binTotal(bins);
  if (total === 0) return null;
  return bins.reduce((sum, { low, high, count }) => sum + ((low + high) / 2) * count, 0) / total;
}

/** Records in all bins. */
export function binTotal(bins: Bins): number {
  return bins.reduce((sum, { count }) => sum + count, 0);
}
