import { defineDetector } from '../define-detector.ts';
import { expectedError, lossByScore } from '../maths/loss-by-score.ts';
import { errorMoments, meanAbsoluteError, effectiveErrors } from '../maths/error-moments.ts';
import { sayNumber } from '../say.ts';
import { atLeast } from '../settings.ts';
import { toleratedGrowth } from './loss-growth.ts';
import { noiseOfMean, normalInterval } from './noisy-mean.ts';
import { regressionSettings } from './regression-error.ts';

/**
 * What the mean absolute error of a regression will be once the labels are there: direct loss estimation, with the loss
 * learned on the reference as a function of the prediction (twenty groups of equal count). Learned from the prediction alone,
 * it sees a move towards values that are hard to predict, and nothing that features would say beside.
 */
export const estimatedMae = defineDetector({
  name: 'estimated_mae',
  title: 'Mean absolute error of a regression that its predictions promise before any label has come',
  kind: 'accuracy',
  subject: 'model',
  needs: 'residual_forecast',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'it is more than `growth` times that of the reference, and more than sampling noise reaches with `chance`',
  headline: { happened: 'is expected to lose accuracy' },
  statistic: 'the estimated mean absolute error',
  say: sayNumber,
  settings: {
    growth: toleratedGrowth(1.2, 'the error'),
    minimum_count: atLeast(1000, 'predictions'),
    minimum_labels: {
      ...atLeast(200, 'labels'),
      meaning: 'labels that the reference must hold, to learn the loss from',
    },
    chance: regressionSettings.chance,
  },
  requires: ({ errors }, { minimum_count: need }) => [
    { what: 'predictions', have: errors.reduce((sum, { count, unknown }) => sum + count + unknown, 0), need },
  ],
  measure(reference, window, { growth, chance, minimum_labels: need }) {
    const moments = errorMoments(reference.errors);
    const labels = effectiveErrors(moments);
    if (labels < need) {
      return { insufficient: `the reference holds only ${Math.floor(labels)} labels, ${need} are needed` };
    }
    const before = { ...meanAbsoluteError(moments), size: labels };
    const after = expectedError(lossByScore(reference.errors), window.errors);
    return {
      statistic: after.value,
      limit: Math.max(before.value * growth, before.value + noiseOfMean(before, after.size, chance)),
      seen: `the reference has ${sayNumber(before.value)} on its labels`,
      interval: normalInterval(after),
      details: { reference: before.value, predictions: after.size },
    };
  },
});
