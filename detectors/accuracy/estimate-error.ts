import { defineDetector } from '../define-detector.ts';
import { effectiveClasses } from '../maths/class-weights.ts';
import { estimateAuc, labelledOf } from '../maths/estimated-auc.ts';
import { aucError, rocAuc } from '../maths/roc-auc.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayNumber } from '../say.ts';
import type { Outcomes } from '../terms.ts';
import { accuracySettings, labelDetails, labelsNeeded, speakForAll } from './labels-needed.ts';
import { errorInterval, errorOfPromise, promiseDetails, sayPromise } from './promise-details.ts';

/**
 * How wrong the estimate without labels was: the ROC-AUC that was published of a stretch before its labels came against the one
 * that came true. Where none was published, what the same scores promise from the same reference stands for it. Where some
 * predictions stay without a label and nothing weighs the others for them, the promise is moved to those that have one: by
 * as much as the scores promise of them more, or less, than of all. Where it fails, scores no longer mean what they meant in
 * the reference, and estimates must not be trusted.
 */
export const estimateError = defineDetector({
  name: 'estimate_error',
  title: 'How far the estimated ROC-AUC lay from the one that came true, on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'outcomes',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the two differ by more than `limit`, and by more than sampling noise reaches with `chance`',
  headline: { happened: 'is not as good or bad as was estimated' },
  statistic: 'the error of the estimated ROC-AUC',
  say: sayNumber,
  settings: {
    limit: { default: 0.05, unit: 'share', meaning: 'largest error that is tolerated', range: [0.001, 1] },
    ...accuracySettings,
  },
  requires: labelsNeeded,
  measure(reference, window, { limit, chance }) {
    const { promised } = window;
    const estimated = expectedOf(reference, window);
    const realised = rocAuc(window.outcomes);
    const error = aucError(realised, effectiveClasses(window.outcomes));
    const learned = aucError(rocAuc(reference.outcomes), effectiveClasses(reference.outcomes));
    const ofEstimate = Math.max(learned, promised === undefined ? 0 : errorOfPromise(promised));
    const ofBoth = Math.hypot(error, ofEstimate);
    const difference = Math.abs(estimated - realised.value);
    return {
      statistic: difference,
      limit: Math.max(limit, -normalQuantile(chance / 2) * ofBoth),
      interval: errorInterval(difference, ofBoth),
      seen: `${sayPromise(estimated, promised, 'the scores')} and ${sayNumber(realised.value)} came true`,
      details: { estimated, realised: realised.value, ...promiseDetails(promised), ...labelDetails(window) },
    };
  },
});

/** The ROC-AUC that was to be expected of the predictions that have a label. */
function expectedOf(reference: Outcomes, { outcomes, promised }: Outcomes): number {
  if (promised !== undefined && speakForAll(outcomes)) return promised.value;
  const ofLabelled = estimateAuc(reference.outcomes, outcomes, labelledOf).value;
  if (promised === undefined) return ofLabelled;
  return promised.value + ofLabelled - estimateAuc(reference.outcomes, outcomes).value;
}
