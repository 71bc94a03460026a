import { defineDetector } from '../define-detector.ts';
import { jensenShannon as divergence } from '../maths/divergence.ts';
import { sayNumber } from '../say.ts';
import { groupSettings, measureDivergence, noisyIndex } from './compare-groups.ts';

/**
 * Jensen-Shannon distance with logarithms to base 2: 0 for equal shares, 1 for shares that have no group in common.
 * Near 0 its square is PSI / (8 ln 2), which is where its noise comes from (Lin 1991; Endres and Schindelin 2003).
 */
export const jensenShannon = defineDetector({
  name: 'jensen_shannon',
  title: 'How far the values of a feature have moved, from 0 to 1 (Jensen-Shannon distance, base 2)',
  kind: 'drift',
  subject: 'feature',
  needs: 'histogram',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the distance is above `limit`, and above what sampling noise reaches with `chance`',
  statistic: 'the Jensen-Shannon distance',
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
      by: divergence,
      finish: Math.sqrt,
      noise: (grouped, chance, groups) => noisyIndex(grouped, chance, groups) / (8 * Math.LN2),
    }),
});
