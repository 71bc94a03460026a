import { defineDetector } from '../define-detector.ts';
import { errorMoments, meanAbsoluteError } from '../maths/error-moments.ts';
import { expectedError, lossByScore } from '../maths/loss-by-score.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayNumber, sayShare } from '../say.ts';
import type { Residuals, ScoredErrors } from '../terms.ts';
import { errorInterval, errorOfPromise, promiseDetails, sayPromise } from './promise-details.ts';
import { errorDetails, errorsNeeded, regressionSettings, speakForAll } from './regression-error.ts';

/**
 * How wrong the estimate without labels was: the mean absolute error that was published of a stretch before its labels came
 * against the one that came true, as a share of the promise. Where none was published, what predictions of the same size erred by
 * in the reference stands for it; where some predictions stay without a label and nothing weighs the others for them, the
 * promise is moved to those that have one by what their sizes tell. Where it fails, the same predictions have become harder
 * (or easier), which no estimate can see.
 */
export const estimatedMaeError = defineDetector({
  name: 'estimated_mae_error',
  title: 'How far the estimated mean absolute error lay from the one that came true, of the former, on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'residuals',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the two differ by more than `limit`, and by more than sampling noise reaches with `chance`',
  headline: { happened: 'is not as good or bad as was estimated' },
  statistic: 'the error of the estimated mean absolute error',
  say: sayShare,
  settings: {
    limit: {
      default: 0.25,
      unit: 'share',
      meaning: 'largest error, of the estimate, that is tolerated',
      range: [0.001, 100],
    },
    ...regressionSettings,
  },
  requires: errorsNeeded,
  measure(reference, window, { limit, chance }) {
    const { promised } = window;
    const estimated = expectedOf(reference, window);
    const realised = meanAbsoluteError(errorMoments(window.errors));
    const learned = meanAbsoluteError(errorMoments(reference.errors)).standardError;
    const ofEstimate = Math.max(learned, promised === undefined ? 0 : errorOfPromise(promised));
    // Of the promise, which is uncertain itself: a share of it moves with it.
    const share = realised.value / estimated;
    const error = Math.hypot(realised.standardError, share * ofEstimate) / estimated;
    const noise = -normalQuantile(chance / 2) * Math.hypot(realised.standardError, ofEstimate);
    const difference = Math.abs(estimated - realised.value) / estimated;
    return {
      statistic: difference,
      limit: Math.max(limit, noise / estimated),
      interval: errorInterval(difference, error),
      seen: `${sayPromise(estimated, promised, 'predictions of this size')} and ${sayNumber(realised.value)} came true`,
      details: { estimated, realised: realised.value, ...promiseDetails(promised), ...errorDetails(window) },
    };
  },
});

/** The mean absolute error that was to be expected of the predictions that have a label. */
function expectedOf(reference: Residuals, { errors, promised }: Residuals): number {
  if (promised !== undefined && speakForAll(errors)) return promised.value;
  const byScore = lossByScore(reference.errors);
  const ofLabelled = expectedError(byScore, errors, weightOf).value;
  if (promised === undefined) return ofLabelled;
  return Math.max(0, promised.value + ofLabelled - expectedError(byScore, errors).value);
}

/** Labelled predictions of a group, by how much they count. */
function weightOf({ moments: [weight] }: ScoredErrors): number {
  return weight;
}
