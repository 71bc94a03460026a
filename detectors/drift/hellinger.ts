import { defineDetector } from '../define-detector.ts';
import { squaredHellinger } from '../maths/divergence.ts';
import { sayNumber } from '../say.ts';
import { groupSettings, measureDivergence, noisyIndex } from './compare-groups.ts';

/**
 * Hellinger distance: sqrt(sum of (sqrt c - sqrt r)^2 / 2), 0 for equal shares, 1 for shares that have no group in common.
 * Near 0 its square is PSI / 8.
 */
export const hellinger = defineDetector({
  name: 'hellinger',
  title: 'How far the values of a feature have moved, from 0 to 1 (Hellinger distance)',
  kind: 'drift',
  subject: 'feature',
  needs: 'histogram',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the distance is above `limit`, and above what sampling noise reaches with `chance`',
  statistic: 'the Hellinger distance',
  say: sayNumber,
  settings: groupSettings({
    default: 0.1,
    unit: 'distance',
    meaning: 'largest distance that is no drift',
    range: [0.001, 1],
  }),
  requires: ({ count, missing }, { minimum_count: need }) => [{ what: 'values', have: count - missing, need }],
  measure: (reference, window, settings) =>
    measureDivergence(reference, window, settings, {
      by: squaredHellinger,
      finish: Math.sqrt,
      noise: (grouped, chance, groups) => noisyIndex(grouped, chance, groups) / 8,
    }),
});
