import type { Measurement } from '../define-detector.ts';
import { diverge, totalVariation } from '../maths/divergence.ts';
import { fitProbability, mergeRare } from '../maths/chi-square.ts';
import { chiSquareQuantile } from '../maths/special.ts';
import type { Histogram } from '../terms.ts';
import { groupBoth, groupSettings, sayShares, sayShift } from './compare-groups.ts';

/** Settings of the tests of fit: Cohen (1988) calls an effect of 0.1 small, 0.3 medium. */
export const fitSettings = groupSettings({
  default: 0.1,
  unit: 'effect',
  meaning: "largest effect that is no drift, as Cohen's w: the root of the statistic over the values of the window",
  range: [0.001, 10],
});

/** A test of fit, with its p; the limit is the statistic of the tolerated effect, or what noise reaches where that is more. */
export function measureFit(
  reference: Histogram,
  window: Histogram,
  { limit, chance }: { readonly limit: number; readonly chance: number },
  statisticOf: (expected: readonly number[], observed: readonly number[]) => number,
): Measurement {
  const grouped = groupBoth(reference, window);
  const { count: n, referenceCount: m } = grouped;
  const merged = mergeRare(grouped.expected, grouped.observed);
  const statistic = statisticOf(merged.reference, merged.window);
  const degrees = Math.max(0, merged.reference.length - 1);
  const noise = (1 + n / m) * chiSquareQuantile(chance, Math.max(1, degrees));
  const { worst } = diverge(grouped.expected, grouped.observed, totalVariation);
  return {
    statistic,
    limit: Math.max(n * limit ** 2, noise),
    seen: sayShift(reference, window) ?? sayShares(grouped, worst),
    details: { p: fitProbability(statistic, degrees, n, m), degrees, effect: Math.sqrt(statistic / n) },
  };
}
