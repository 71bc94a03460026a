import { defineDetector } from '../define-detector.ts';
import { stabilityIndex } from '../maths/divergence.ts';
import { sayNumber } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import { DECILES, measureDivergence, noisyIndex } from './compare-groups.ts';

/** Decisions are made in the upper tail of the scores, which deciles alone would not resolve. */
const SCORE_QUANTILES = [...DECILES, 0.95, 0.99];

/** Population stability index of the score, grouped by deciles of the reference and its upper tail (95 %, 99 %). */
export const scoreDrift = defineDetector({
  name: 'score_drift',
  title: 'How far the scores of the model have moved from the reference (population stability index)',
  kind: 'drift',
  subject: 'score',
  needs: 'histogram',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen:
    'the index (shares below 1e-4 count as 1e-4) is above `limit`, and above what sampling noise reaches with `chance`; to noise an empty group counts as half a record',
  squared: true,
  statistic: 'PSI of the score',
  say: sayNumber,
  settings: {
    limit: { default: 0.1, unit: 'index', meaning: 'largest index that is no drift', range: [0.001, 100] },
    minimum_count: atLeast(200, 'scores'),
    chance,
  },
  requires: ({ count, missing }, { minimum_count: need }) => [{ what: 'scores', have: count - missing, need }],
  measure: (reference, window, settings) =>
    measureDivergence(reference, window, settings, {
      by: stabilityIndex,
      noise: noisyIndex,
      cuts: SCORE_QUANTILES,
    }),
});
