import { defineDetector } from '../define-detector.ts';
import { effectiveClasses } from '../maths/class-weights.ts';
import { logitInterval, moveOnLogit } from '../maths/logit.ts';
import { aucError, rocAuc } from '../maths/roc-auc.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayNumber } from '../say.ts';
import { accuracySettings, labelDetails, labelsNeeded, toleratedDrop } from './labels-needed.ts';

/**
 * ROC-AUC on the labels that have come so far, each standing for those that are still to come: weighted by 1 / (share of such
 * labels that come by this age), from the delays seen in the reference.
 */
export const earlyRocAuc = defineDetector({
  name: 'early_roc_auc',
  title: 'ROC-AUC on the labels that have come so far, weighted for those still to come',
  kind: 'accuracy',
  subject: 'model',
  needs: 'forecast',
  values: 'any',
  comparesWithReference: true,
  fails: 'below',
  failsWhen: 'it fell by more than `drop`, and by more than sampling noise reaches with `chance` (DeLong)',
  statistic: 'the early ROC-AUC',
  say: sayNumber,
  settings: {
    drop: toleratedDrop(0.05, 'the ROC-AUC'),
    ...accuracySettings,
    minimum_positives: {
      ...accuracySettings.minimum_positives,
      unit: 'positive labels',
      meaning: 'effective number of positive labels that must have come; with fewer the finding is insufficient',
    },
    minimum_negatives: {
      ...accuracySettings.minimum_negatives,
      unit: 'negative labels',
      meaning: 'effective number of negative labels that must have come; with fewer the finding is insufficient',
    },
  },
  requires: labelsNeeded,
  measure(reference, window, { drop, chance }) {
    const before = rocAuc(reference.outcomes);
    const after = rocAuc(window.outcomes);
    const [then, now] = [effectiveClasses(reference.outcomes), effectiveClasses(window.outcomes)];
    const error = Math.hypot(aucError(before, then), aucError(before, now));
    return {
      statistic: after.value,
      limit: Math.min(before.value - drop, moveOnLogit(before.value, error, normalQuantile(chance))),
      seen: `it was ${sayNumber(before.value)} in the reference`,
      interval: logitInterval(after.value, aucError(after, now)),
      details: { reference: before.value, ...labelDetails(window) },
    };
  },
});
