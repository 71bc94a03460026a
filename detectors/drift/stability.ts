import { sum } from 'simple-statistics';
import type { Measurement } from '../define-detector.ts';
import { countByGroup, partition, sayGroup, type Partition } from '../maths/partition.ts';
import { stabilityIndex } from '../maths/psi.ts';
import { quantile } from '../maths/quantile.ts';
import { chiSquareQuantile, chiSquareSurvival } from '../maths/special.ts';
import { sayNumber, sayRatio, sayShare } from '../say.ts';
import type { Histogram } from '../terms.ts';

/** Population stability index over groups cut at quantiles of the reference, against the larger of the limit and noise. */
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
  const moved = mediansOf(reference, window);
  const scale = 1 / count + 1 / (reference.count - reference.missing);
  const degrees = Math.max(1, index.groups - 1);
  return {
    statistic: index.value,
    limit: Math.max(limit, noisyIndex(chance, degrees, scale)),
    seen: sayShift(moved) ?? sayShares(groups, index.worst, expected, observed),
    details: {
      p: chiSquareSurvival(index.value / scale, degrees),
      groups: index.groups,
      ...(moved && { reference_median: moved[0], median: moved[1] }),
    },
  };
}

/**
 * The index that sampling noise alone passes with this chance. Of two samples of one distribution, PSI / (1/n + 1/m) is
 * nearly chi-square with one degree of freedom less than groups (Yurdakul and Naranjo 2020), but its tail is heavier in
 * small samples: of two million draws of 200, x (1 + x) kept every chance from 1e-3 to 1e-6 that x alone passed up to
 * twelve times as often.
 */
function noisyIndex(chance: number, degreesOfFreedom: number, scale: number): number {
  const index = scale * chiSquareQuantile(chance, degreesOfFreedom);
  return index * (1 + index);
}

/** The medians of reference and window, when both hold numbers. */
function mediansOf(reference: Histogram, window: Histogram): readonly [number, number] | undefined {
  const medians = [quantile(reference.bins, 0.5), quantile(window.bins, 0.5)] as const;
  return medians.every(Number.isFinite) ? medians : undefined;
}

/** The move of the median, when it moved by more than bins are wide. */
function sayShift(medians: readonly [number, number] | undefined): string | undefined {
  if (medians === undefined) return undefined;
  const [before, after] = medians;
  if (Math.abs(after - before) <= Math.max(Math.abs(before), Math.abs(after)) / 16) return undefined;
  const ratio = after / before;
  const notable = Number.isFinite(ratio) && (ratio >= 1.5 || (ratio > 0 && ratio <= 1 / 1.5));
  const times = notable ? ` (${sayRatio(ratio)})` : '';
  return `the median moved from ${sayNumber(before)} to ${sayNumber(after)}${times}`;
}

function sayShares(groups: Partition, group: number, expected: readonly number[], observed: readonly number[]): string {
  const share = (counts: readonly number[]): string => sayShare((counts[group] ?? 0) / sum([...counts]));
  return `the share of ${sayGroup(groups, group)} moved from ${share(expected)} to ${share(observed)}`;
}
