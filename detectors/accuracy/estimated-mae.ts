import { defineDetector } from '../define-detector.ts';
import { featureEffect } from '../maths/loss-by-features.ts';
import { normalQuantile } from '../maths/special.ts';
import { expectedError, lossByScore } from '../maths/loss-by-score.ts';
import { errorMoments, meanAbsoluteError, effectiveErrors } from '../maths/error-moments.ts';
import { sayNumber } from '../say.ts';
import { atLeast } from '../settings.ts';
import { toleratedGrowth } from './loss-growth.ts';
import { noiseOfMean, normalInterval } from './noisy-mean.ts';
import { regressionSettings, speakForAll } from './regression-error.ts';

/**
 * What the mean absolute error of a regression will be once the labels are there: direct loss estimation, with the loss
 * learned on the reference as a function of the prediction (twenty groups of equal count), and, where rows are sampled, of the
 * features. Interval: normal, of the window and of the reference. It sees a move towards values that are hard to predict; it cannot see that the same rows have become harder.
 */
export const estimatedMae = defineDetector({
  name: 'estimated_mae',
  title: 'Mean absolute error of a regression that its predictions and features promise before any label has come',
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
    const byScore = lossByScore(reference.errors);
    const after = expectedError(byScore, window.errors);
    const ofAll = speakForAll(reference.errors) ? before.value : expectedError(byScore, reference.errors).value;
    const effect =
      reference.rows && window.rows ? featureEffect(reference.rows, window.rows, byScore, need) : undefined;
    const estimate = {
      value: Math.max(0, after.value + (effect?.value ?? 0)),
      standardError: Math.hypot(after.standardError, effect?.standardError ?? 0, before.standardError),
    };
    const noise = Math.hypot(
      noiseOfMean(before, after.size, chance),
      normalQuantile(chance) * (effect?.standardError ?? 0),
    );
    return {
      statistic: estimate.value,
      limit: Math.max(ofAll * growth, ofAll + noise),
      seen: `the reference has ${sayNumber(before.value)} on its labels`,
      interval: normalInterval(estimate),
      details: {
        reference: before.value,
        ...(ofAll !== before.value && { reference_of_all: ofAll }),
        predictions: after.size,
        ...(effect && { by_score: after.value, by_features: effect.value }),
      },
    };
  },
});
