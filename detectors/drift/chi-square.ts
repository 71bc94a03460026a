import { defineDetector } from '../define-detector.ts';
import { fitOf } from '../maths/chi-square.ts';
import { sayNumber } from '../say.ts';
import { fitSettings, measureFit } from './measure-fit.ts';

/**
 * Pearson's chi-square of the window, with the shares of the reference as what is expected; groups that expect fewer than
 * 5 records are merged. A large window makes any difference significant, so the effect must be large enough too.
 */
export const chiSquare = defineDetector({
  name: 'chi_square',
  title: "How badly the window fits the shares of the reference (Pearson's chi-square)",
  kind: 'drift',
  subject: 'feature',
  needs: 'histogram',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen:
    "the effect, Cohen's w, is above `limit`, and chi-square is above what sampling noise reaches with `chance`",
  squared: true,
  statistic: 'chi-square',
  say: sayNumber,
  settings: fitSettings,
  requires: ({ count, missing }, { minimum_count: need }) => [{ what: 'values', have: count - missing, need }],
  measure: (reference, window, settings) =>
    measureFit(reference, window, settings, (expected, observed) => fitOf(expected, observed).pearson),
});
