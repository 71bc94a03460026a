import { defineDetector } from '../define-detector.ts';
import { fitOf } from '../maths/chi-square.ts';
import { sayNumber } from '../say.ts';
import { fitSettings, measureFit } from './measure-fit.ts';

/** G, the likelihood ratio beside Pearson's chi-square: 2 times the sum of c ln(c / e), with groups that expect fewer than 5 merged. */
export const gTest = defineDetector({
  name: 'g_test',
  title: 'How badly the window fits the shares of the reference (G test, the likelihood ratio)',
  kind: 'drift',
  subject: 'feature',
  needs: 'histogram',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the effect, sqrt(G / n), is above `limit`, and G is above what sampling noise reaches with `chance`',
  squared: true,
  statistic: 'G',
  say: sayNumber,
  settings: fitSettings,
  requires: ({ count, missing }, { minimum_count: need }) => [{ what: 'values', have: count - missing, need }],
  measure: (reference, window, settings) =>
    measureFit(reference, window, settings, (expected, observed) => fitOf(expected, observed).likelihood),
});
