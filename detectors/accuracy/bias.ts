import { defineDetector } from '../define-detector.ts';
import { effectiveErrors, errorMoments, meanError } from '../maths/error-moments.ts';
import { sayNumber } from '../say.ts';
import { noiseOfMean, normalInterval } from './noisy-mean.ts';
import { errorDetails, errorsNeeded, regressionSettings } from './regression-error.ts';

/** Move of a regression's mean error (prediction less truth), in standard deviations of the reference's errors. */
export const bias = defineDetector({
  name: 'bias',
  title: 'How far the mean error of a regression moved, in standard deviations of its errors, on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'residuals',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the mean error moved by more than `limit`, and by more than sampling noise reaches with `chance`',
  headline: { happened: 'errs to one side' },
  statistic: 'the move of the mean error',
  say: (value) => `${sayNumber(value)} standard deviations`,
  settings: {
    limit: {
      default: 0.1,
      unit: 'standard deviations',
      meaning: 'largest move that is tolerated',
      range: [0.001, 100],
    },
    ...regressionSettings,
  },
  requires: errorsNeeded,
  measure(reference, window, { limit, chance }) {
    const [then, now] = [errorMoments(reference.errors), errorMoments(window.errors)];
    const before = { ...meanError(then), size: effectiveErrors(then) };
    const after = meanError(now);
    const deviation = before.standardError * Math.sqrt(before.size);
    const noise = noiseOfMean(before, effectiveErrors(now), chance) / deviation;
    const moved = Math.abs(after.value - before.value);
    const half = 1.96 * Math.hypot(before.standardError, after.standardError);
    return {
      statistic: moved / deviation,
      limit: Math.max(limit, noise),
      interval: [Math.max(0, moved - half) / deviation, (moved + half) / deviation],
      seen: `predictions lie ${sayNumber(Math.abs(after.value))} ${after.value < 0 ? 'below' : 'above'} the truth on average; it was ${sayNumber(before.value)} in the reference`,
      details: {
        mean_error: after.value,
        mean_error_low: normalInterval(after)[0],
        mean_error_high: normalInterval(after)[1],
        reference: before.value,
        ...errorDetails(window),
      },
    };
  },
});
