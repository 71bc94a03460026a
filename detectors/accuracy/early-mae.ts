import { defineDetector } from '../define-detector.ts';
import { meanAbsoluteError } from '../maths/error-moments.ts';
import { sayNumber } from '../say.ts';
import { atLeast } from '../settings.ts';
import { toleratedGrowth } from './loss-growth.ts';
import { errorsNeeded, measureError, regressionSettings } from './regression-error.ts';

/**
 * Mean absolute error on the labels that have come so far, each standing for those that are still to come: weighted by
 * 1 / (share of labels that come by this age), from the delays seen in the reference, which are taken for the same whatever the error.
 */
export const earlyMae = defineDetector({
  name: 'early_mae',
  title: 'Mean absolute error of a regression on the labels that have come so far, weighted for those still to come',
  kind: 'accuracy',
  subject: 'model',
  needs: 'residual_forecast',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'it is more than `growth` times that of the reference, and more than sampling noise reaches with `chance`',
  statistic: 'the early mean absolute error',
  say: sayNumber,
  settings: {
    growth: toleratedGrowth(1.2, 'the error'),
    ...regressionSettings,
    minimum_count: {
      ...atLeast(100, 'labels'),
      meaning: 'effective number of labels that must have come; with fewer the finding is insufficient',
    },
  },
  requires: errorsNeeded,
  measure: (reference, window, settings) => measureError(meanAbsoluteError, reference, window, settings),
});
