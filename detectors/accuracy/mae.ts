import { defineDetector } from '../define-detector.ts';
import { meanAbsoluteError } from '../maths/error-moments.ts';
import { sayNumber } from '../say.ts';
import { toleratedGrowth } from './loss-growth.ts';
import { errorsNeeded, measureError, regressionSettings } from './regression-error.ts';

/** Mean absolute error of a regression. Interval: normal. */
export const mae = defineDetector({
  name: 'mae',
  title: 'Mean absolute error of a regression, on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'residuals',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'it is more than `growth` times that of the reference, and more than sampling noise reaches with `chance`',
  level: 'amount',
  statistic: 'the mean absolute error',
  say: sayNumber,
  settings: { growth: toleratedGrowth(1.2, 'the error'), ...regressionSettings },
  requires: errorsNeeded,
  measure: (reference, window, settings) => measureError(meanAbsoluteError, reference, window, settings),
});
