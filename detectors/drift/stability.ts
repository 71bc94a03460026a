import type { Measurement } from '../define-detector.ts';
import { countByGroup, partition, sayGroup, type Partition } from '../maths/partition.ts';
import { stabilityIndex } from '../maths/psi.ts';
import { quantile, totalOf } from '../maths/quantile.ts';
import { chiSquareQuantile, chiSquareSurvival } from '../maths/special.ts';
import { sayNumber, sayRatio, sayShare } from '../say.ts';
import type { Histogram } from '../terms.ts';

/**
 * Population stability index over groups cut at quantiles of the reference, against the larger of the practical limit
 * and what sampling noise reaches with the given chance. Of two samples of one distribution in k groups,
 * PSI / (1/n + 1/m) is nearly chi-square with k - 1 degrees of freedom (Yurdakul and Naranjo 2020).
 */
export function measureStability(
  reference: Histogram,
  window: Histogram,
  cuts: readonly number[],
  { limit, chance }: { readonly limit: number; readonly chance: number },
): Measurement {
  const count = window.count - window.missing;
  const groups = partition(reference, count, cuts);
  const expected = countByGroup(groups, reference);
  const observed = countByGroup(groups, window);
  const index = stabilityIndex(expected, observed);
  const scale = 1 / count + 1 / (reference.count - reference.missing);
  const degrees = Math.max(1, index.groups - 1);
  return {
    statistic: index.value,
    limit: Math.max(limit, scale * chiSquareQuantile(chance, degrees)),
    seen: sayShift(reference, window) ?? sayShares(groups, index.worst, expected, observed),
    details: {
      p: chiSquareSurvival(index.value / scale, degrees),
      groups: index.groups,
      ...medians(reference, window),
    },
  };
}

function medians(reference: Histogram, window: Histogram): Record<string, number> {
  if (totalOf(reference.bins) === 0 || totalOf(window.bins) === 0) return {};
  return { reference_median: quantile(reference.bins, 0.5), median: quantile(window.bins, 0.5) };
}

/** The move of the median, when both are numbers and it moved by more than the width of a bin. */
function sayShift(reference: Histogram, window: Histogram): string | undefined {
  const { reference_median: before, median: after } = medians(reference, window);
  if (before === undefined || after === undefined) return undefined;
  if (Math.abs(after - before) <= Math.max(Math.abs(before), Math.abs(after)) / 16) return undefined;
  const ratio = after / before;
  const times = before * after > 0 && (ratio >= 1.5 || ratio <= 1 / 1.5) ? ` (${sayRatio(ratio)})` : '';
  return `the median moved from ${sayNumber(before)} to ${sayNumber(after)}${times}`;
}

function sayShares(groups: Partition, group: number, expected: readonly number[], observed: readonly number[]): string {
  const share = (counts: readonly number[]): string =>
    sayShare((counts[group] ?? 0) / counts.reduce((total, count) => total + count, 0));
  return `the share of ${sayGroup(groups, group)} moved from ${share(expected)} to ${share(observed)}`;
}
