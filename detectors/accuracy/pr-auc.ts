import { defineDetector } from '../define-detector.ts';
import { effectiveClasses, sumWeights } from '../maths/class-weights.ts';
import { logitInterval, moveOnLogit } from '../maths/logit.ts';
import { averagePrecision } from '../maths/precision-recall.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayNumber } from '../say.ts';
import { accuracySettings, labelDetails, labelsNeeded, toleratedDrop } from './labels-needed.ts';

/**
 * Average precision on matured labels. It falls with the share of positives even when the model is as good as ever, so
 * the reference is read at the window's share of positives. Interval and noise: the logit interval of Boyd, Eng and Page
 * (2013), whose standard error on log-odds is 1 / sqrt(positives * p * (1 - p)).
 */
export const prAuc = defineDetector({
  name: 'pr_auc',
  title: 'Area under the precision-recall curve (average precision), on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'outcomes',
  values: 'any',
  comparesWithReference: true,
  fails: 'below',
  failsWhen:
    'it fell by more than `drop` from the reference at the same share of positives, and by more than sampling noise reaches with `chance`',
  level: 'share',
  statistic: 'the average precision',
  say: sayNumber,
  settings: { drop: toleratedDrop(0.1, 'the average precision'), ...accuracySettings },
  requires: labelsNeeded,
  measure(reference, window, { drop, chance }) {
    const [then, now] = [sumWeights(reference.outcomes), sumWeights(window.outcomes)];
    const before = averagePrecision(
      reference.outcomes,
      (now.negatives / now.positives) * (then.positives / then.negatives),
    );
    const after = averagePrecision(window.outcomes);
    const behind = effectiveClasses(window.outcomes).positives;
    const error = Math.hypot(
      standardError(before, effectiveClasses(reference.outcomes).positives),
      standardError(before, behind),
    );
    return {
      statistic: after,
      limit: Math.min(before - drop, moveOnLogit(before, error, normalQuantile(chance))),
      seen: `the reference has ${sayNumber(before)} at the same share of positives`,
      interval: logitInterval(after, standardError(after, behind)),
      details: { reference: before, ...labelDetails(window) },
    };
  },
});

function standardError(precision: number, positives: number): number {
  return Math.sqrt((precision * (1 - precision)) / positives);
}
