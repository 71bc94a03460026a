import { defineDetector } from '../define-detector.ts';
import { brierBounds } from '../maths/loss-bounds.ts';
import { brierScore } from '../maths/probability-score.ts';
import { sayNumber } from '../say.ts';
import { accuracySettings, labelsNeeded } from './labels-needed.ts';
import { measureLoss, toleratedGrowth } from './loss-growth.ts';

/** Brier score (1950) of the scores as probabilities, on matured labels, against the reference's. */
export const brier = defineDetector({
  name: 'brier',
  title: 'Mean squared difference of the score and what happened (Brier score), on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'outcomes',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'it is more than `growth` times that of the reference, and more than sampling noise reaches with `chance`',
  level: 'amount',
  statistic: 'the Brier score',
  say: sayNumber,
  settings: { growth: toleratedGrowth(1.1, 'the Brier score'), ...accuracySettings },
  requires: labelsNeeded,
  measure: (reference, window, settings) => measureLoss(brierScore, reference, window, settings, brierBounds),
});
