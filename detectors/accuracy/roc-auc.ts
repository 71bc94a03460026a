import { defineDetector } from '../define-detector.ts';
import { logitInterval, moveOnLogit } from '../maths/logit.ts';
import { countClasses, rocAuc as measureAuc, type Auc } from '../maths/roc-auc.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayNumber } from '../say.ts';
import type { ScoredOutcome } from '../terms.ts';
import { accuracySettings, labelDetails, labelsNeeded, toleratedDrop } from './labels-needed.ts';

/**
 * ROC-AUC on matured labels, against the reference's. Interval and noise: DeLong's variance on the scale of log-odds
 * (Qin and Hotilovac 2008); the noise is that of both samples, with the reference's own scatter.
 */
export const rocAuc = defineDetector({
  name: 'roc_auc',
  title: 'Chance that a positive scores above a negative (ROC-AUC), on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'outcomes',
  values: 'any',
  comparesWithReference: true,
  fails: 'below',
  failsWhen: 'it fell by more than `drop`, and by more than sampling noise reaches with `chance` (DeLong)',
  statistic: 'the ROC-AUC',
  say: sayNumber,
  settings: { drop: toleratedDrop(0.05, 'the ROC-AUC'), ...accuracySettings },
  requires: labelsNeeded,
  measure(reference, window, { drop, chance }) {
    const before = measureAuc(reference.outcomes);
    const after = measureAuc(window.outcomes);
    const error = Math.hypot(standardError(before, reference.outcomes), standardError(before, window.outcomes));
    return {
      statistic: after.value,
      limit: Math.min(before.value - drop, moveOnLogit(before.value, error, normalQuantile(chance))),
      seen: `it was ${sayNumber(before.value)} in the reference`,
      interval: logitInterval(after.value, standardError(after, window.outcomes)),
      details: { reference: before.value, ...labelDetails(window) },
    };
  },
});

function standardError({ positiveVariance, negativeVariance }: Auc, outcomes: readonly ScoredOutcome[]): number {
  const { positives, negatives } = countClasses(outcomes);
  return Math.sqrt(positiveVariance / positives + negativeVariance / negatives);
}
