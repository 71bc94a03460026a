import { defineDetector } from '../define-detector.ts';
import { cramersV as measureV, mergeRare, tableChiSquare } from '../maths/chi-square.ts';
import { diverge, totalVariation } from '../maths/divergence.ts';
import { chiSquareQuantile, chiSquareSurvival } from '../maths/special.ts';
import { sayNumber } from '../say.ts';
import { groupBoth, groupSettings, sayShares, sayShift } from './compare-groups.ts';

/**
 * Cramer's V of the table of reference and window by groups, corrected for the bias that many groups give it (Bergsma
 * 2013). It is read with window and reference of like size: a reference many times as large dilutes it.
 */
export const cramersV = defineDetector({
  name: 'cramers_v',
  title: "How strongly a value tells the window from the reference, from 0 to 1 (Cramer's V, corrected for bias)",
  kind: 'drift',
  subject: 'feature',
  needs: 'histogram',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'V is above `limit`, and above what sampling noise reaches with `chance`',
  statistic: "Cramer's V",
  say: sayNumber,
  settings: groupSettings({
    default: 0.1,
    unit: 'association',
    meaning: 'largest V that is no drift',
    range: [0.001, 1],
  }),
  requires: ({ count, missing }, { minimum_count: need }) => [{ what: 'values', have: count - missing, need }],
  measure(reference, window, { limit, chance }) {
    const grouped = groupBoth(reference, window);
    const merged = mergeRare(grouped.expected, grouped.observed);
    const { statistic, degrees } = tableChiSquare(merged.reference, merged.window);
    const count = grouped.count + grouped.referenceCount;
    const noise = measureV(chiSquareQuantile(chance, Math.max(1, degrees)), degrees, count);
    const { worst } = diverge(grouped.expected, grouped.observed, totalVariation);
    return {
      statistic: measureV(statistic, degrees, count),
      limit: Math.max(limit, noise),
      seen: sayShift(reference, window) ?? sayShares(grouped, worst),
      details: { p: degrees === 0 ? 1 : chiSquareSurvival(statistic, degrees), chi_square: statistic, degrees },
    };
  },
});
