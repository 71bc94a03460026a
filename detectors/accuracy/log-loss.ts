import { defineDetector } from '../define-detector.ts';
import { logLoss as measureLogLoss } from '../maths/probability-score.ts';
import { sayNumber } from '../say.ts';
import { accuracySettings, labelsNeeded } from './labels-needed.ts';
import { measureLoss, toleratedGrowth } from './loss-growth.ts';

/** Log loss of the scores as probabilities, on matured labels, against the reference's. */
export const logLoss = defineDetector({
  name: 'log_loss',
  title: 'Mean of -ln(probability given to what happened), on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'outcomes',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'it is more than `growth` times that of the reference, and more than sampling noise reaches with `chance`',
  level: 'amount',
  statistic: 'the log loss',
  say: sayNumber,
  settings: { growth: toleratedGrowth(1.2, 'the log loss'), ...accuracySettings },
  requires: labelsNeeded,
  measure: (reference, window, settings) => measureLoss(measureLogLoss, reference, window, settings),
});
