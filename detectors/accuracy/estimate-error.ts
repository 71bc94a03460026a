import { defineDetector } from '../define-detector.ts';
import { effectiveClasses } from '../maths/class-weights.ts';
import { estimateAuc, labelledOf } from '../maths/estimated-auc.ts';
import { aucError, rocAuc } from '../maths/roc-auc.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayNumber } from '../say.ts';
import { accuracySettings, labelDetails, labelsNeeded } from './labels-needed.ts';

/**
 * How wrong the estimate without labels was: the ROC-AUC that the scores of the labelled predictions promised (as
 * `estimated_roc_auc`, from the same reference) against the one that came true. Where it fails, scores no longer mean what they
 * meant in the reference, and estimates must not be trusted.
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
    const estimated = estimateAuc(reference.outcomes, window.outcomes, labelledOf).value;
    const realised = rocAuc(window.outcomes);
    const error = aucError(realised, effectiveClasses(window.outcomes));
    const learned = aucError(rocAuc(reference.outcomes), effectiveClasses(reference.outcomes));
    return {
      statistic: Math.abs(estimated - realised.value),
      limit: Math.max(limit, -normalQuantile(chance / 2) * Math.hypot(error, learned)),
      seen: `${sayNumber(estimated)} was promised and ${sayNumber(realised.value)} came true`,
      details: { estimated, realised: realised.value, ...labelDetails(window) },
    };
  },
});
