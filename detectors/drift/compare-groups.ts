import type { Measurement } from '../define-detector.ts';
import type { Setting } from '../detector.ts';
import { diverge, errorOf, type Divergence } from '../maths/divergence.ts';
import { countByGroup, partition, sayGroup, type Partition } from '../maths/partition.ts';
import { onceOf } from '../maths/once-of.ts';
import { quantile } from '../maths/quantile.ts';
import { chiSquareQuantile } from '../maths/special.ts';
import { sayMove, sayShare } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import type { Histogram } from '../terms.ts';

/** Groups of equal size for numbers: a heavy tail, or one outlier in the reference, hides nothing. */
export const DECILES: readonly number[] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** Reference and window, counted over the same groups. */
export interface Grouped {
  readonly groups: Partition;
  readonly expected: readonly number[];
  readonly observed: readonly number[];
  /** Values of the window, and of the reference. */
  readonly count: number;
  readonly referenceCount: number;
}

/** Counts both by groups that are made from the reference: numbers cut at its quantiles, categories by value. */
export function groupBoth(reference: Histogram, window: Histogram, cuts: readonly number[] = DECILES): Grouped {
  const count = window.count - window.missing;
  const groups = partition(reference, count, cuts);
  return {
    groups,
    expected: expectedBy(groups, reference),
    observed: countByGroup(groups, window),
    count,
    referenceCount: reference.count - reference.missing,
  };
}

/** A partition is kept with its reference, and so are the counts of the one by the other. */
const expectedBy = onceOf((groups: Partition, reference: Histogram) => countByGroup(groups, reference));

/** Settings of every detector that compares groups. */
export function groupSettings(limit: Setting): { limit: Setting; minimum_count: Setting; chance: Setting } {
  return { limit, minimum_count: atLeast(200, 'values'), chance };
}

/** A divergence of window from reference, against the larger of the limit and what sampling noise reaches. */
export function measureDivergence(
  reference: Histogram,
  window: Histogram,
  settings: { readonly limit: number; readonly chance: number },
  options: {
    readonly by: Divergence;
    /** What the sum over groups becomes: its root, for a distance. */
    readonly finish?: (total: number) => number;
    /** What noise alone reaches, before `finish`. */
    readonly noise: (grouped: Grouped, rarely: number, groups: number) => number;
    readonly cuts?: readonly number[];
  },
): Measurement {
  const grouped = groupBoth(reference, window, options.cuts);
  const { value, beyondHalf, groups, worst } = diverge(grouped.expected, grouped.observed, options.by);
  const finish = options.finish ?? ((total: number) => total);
  return {
    statistic: finish(value),
    // Of an empty group of a small sample, noise knows half a record: what the floor adds beyond that is no evidence.
    limit: Math.max(settings.limit, finish(options.noise(grouped, settings.chance, groups) + beyondHalf)),
    explain() {
      const error = errorOf(grouped.expected, grouped.observed, options.by);
      const moved = mediansOf(reference, window);
      return {
        seen: sayShift(reference, window) ?? sayShares(grouped, worst),
        interval: [finish(Math.max(0, value - 1.96 * error)), finish(value + 1.96 * error)],
        details: { groups, ...(moved && { reference_median: moved[0], median: moved[1] }) },
      };
    },
  };
}

/** 1/n + 1/m: how far sampling alone moves shares. */
export function scatterOf({ count, referenceCount }: Grouped): number {
  return 1 / count + 1 / referenceCount;
}

/**
 * The sum of (c - r)^2 / r that sampling noise alone passes with this chance. Of two samples of one distribution, PSI /
 * (1/n + 1/m) is nearly chi-square with one degree of freedom less than groups (Yurdakul and Naranjo 2020), but its tail
 * is heavier in small samples: of two million draws of 200, x (1 + x) kept every chance from 1e-3 to 1e-6 that x alone
 * passed up to twelve times as often.
 */
export function noisyIndex(grouped: Grouped, rarely: number, groups: number): number {
  const index = scatterOf(grouped) * chiSquareQuantile(rarely, Math.max(1, groups - 1));
  return index * (1 + index);
}

/** The medians of reference and window, when both hold numbers. */
export function mediansOf(reference: Histogram, window: Histogram): readonly [number, number] | undefined {
  const medians = [quantile(reference.bins, 0.5), quantile(window.bins, 0.5)] as const;
  return medians.every(Number.isFinite) ? medians : undefined;
}

/** The move of the median, when it moved by more than bins are wide. */
export function sayShift(reference: Histogram, window: Histogram): string | undefined {
  const medians = mediansOf(reference, window);
  if (medians === undefined) return undefined;
  const [before, after] = medians;
  if (Math.abs(after - before) <= Math.max(Math.abs(before), Math.abs(after)) / 16) return undefined;
  return sayMove('the median', before, after);
}

/** How the share of one group moved. */
export function sayShares({ groups, expected, observed }: Grouped, group: number): string {
  const share = (counts: readonly number[]): string =>
    sayShare((counts[group] ?? 0) / counts.reduce((total, count) => total + count, 0));
  return `${sayGroup(groups, group)} made up ${share(expected)} and ${isPlural(groups, group) ? 'make' : 'makes'} up ${share(observed)} now`;
}

function isPlural(groups: Partition, group: number): boolean {
  return !sayGroup(groups, group).startsWith('"');
}
