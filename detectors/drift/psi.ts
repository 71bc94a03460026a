import { defineDetector } from '../define-detector.ts';
import { stabilityIndex } from '../maths/divergence.ts';
import { sayNumber } from '../say.ts';
import { groupSettings, measureDivergence, noisyIndex } from './compare-groups.ts';

/**
 * Population stability index of a feature: sum of (c - r) ln(c / r) over shares of window and reference. Numbers are
 * grouped by the deciles of the reference, so a heavy tail or one outlier in it hides nothing; categories by value.
 */
export const psi = defineDetector({
  name: 'psi',
  title: 'How far the values of a feature have moved from the reference (population stability index)',
  kind: 'drift',
  subject: 'feature',
  needs: 'histogram',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen:
    'the index (shares below 1e-4 count as 1e-4) is above `limit`, and above what sampling noise reaches with `chance`; to noise an empty group counts as half a record',
  squared: true,
  statistic: 'PSI',
  say: sayNumber,
  settings: groupSettings({
    default: 0.1,
    unit: 'index',
    meaning: 'largest index that is no drift',
    range: [0.001, 100],
  }),
  requires: ({ count, missing }, { minimum_count: need }) => [{ what: 'values', have: count - missing, need }],
  measure: (reference, window, settings) =>
    measureDivergence(reference, window, settings, { by: stabilityIndex, noise: noisyIndex }),
});
