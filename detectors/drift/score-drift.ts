import { defineDetector } from '../define-detector.ts';
import { sayNumber } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import { measureStability } from './stability.ts';

/** Decisions are made in the upper tail of the scores, which deciles alone would not resolve. */
const SCORE_QUANTILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

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
  failsWhen: 'the index is above `limit`, and above what sampling noise reaches with `chance`',
  statistic: 'the population stability index of the score',
  say: sayNumber,
  settings: {
    limit: { default: 0.1, unit: 'index', meaning: 'largest index that is no drift', range: [0.001, 100] },
    minimum_count: atLeast(200, 'scores'),
    chance,
  },
  requires: ({ count, missing }, { minimum_count: need }) => [{ what: 'scores', have: count - missing, need }],
  measure: (reference, window, settings) => measureStability(reference, window, SCORE_QUANTILES, settings),
});
