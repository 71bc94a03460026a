import { defineDetector } from '../define-detector.ts';
import { aucBounds } from '../maths/accuracy-bounds.ts';
import { effectiveClasses } from '../maths/class-weights.ts';
import { logitInterval, moveOnLogit } from '../maths/logit.ts';
import { aucError, rocAuc as measureAuc } from '../maths/roc-auc.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayNumber } from '../say.ts';
import { accuracySettings, boundDetails, labelDetails, labelsNeeded, toleratedDrop } from './labels-needed.ts';

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
  level: 'share',
  statistic: 'the ROC-AUC',
  say: sayNumber,
  settings: { drop: toleratedDrop(0.05, 'the ROC-AUC'), ...accuracySettings },
  requires: labelsNeeded,
  measure(reference, window, { drop, chance }) {
    const before = measureAuc(reference.outcomes);
    const after = measureAuc(window.outcomes);
    const [then, now] = [effectiveClasses(reference.outcomes), effectiveClasses(window.outcomes)];
    const error = Math.hypot(aucError(before, then), aucError(before, now));
    return {
      statistic: after.value,
      limit: Math.min(before.value - drop, moveOnLogit(before.value, error, normalQuantile(chance))),
      seen: `it was ${sayNumber(before.value)} in the reference`,
      interval: logitInterval(after.value, aucError(after, now)),
      details: { reference: before.value, ...labelDetails(window), ...boundDetails(window, aucBounds) },
    };
  },
});
