import type { Bins } from './bins.ts';
import { quantile } from './quantile.ts';

/**
 * 95 % interval of a quantile by order statistics: the values whose ranks lie 1.96 binomial deviations around its own
 * (Conover 1999, section 3.2), whatever the distribution. What a bin is wide comes on top.
 */
export function quantileInterval(bins: Bins, share: number): readonly [number, number] {
  const half = 1.96 * Math.sqrt((share * (1 - share)) / bins.total);
  return [quantile(bins, share - half), quantile(bins, share + half)];
}
