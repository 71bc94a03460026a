import { defineDetector } from '../define-detector.ts';
import { lowestShare, lowestTrueShare, wilsonInterval } from '../maths/binomial.ts';
import { effectiveClasses } from '../maths/class-weights.ts';
import { recallAtFalsePositiveRate } from '../maths/precision-recall.ts';
import { recallAtRateBounds } from '../maths/recall-bounds.ts';
import { sayShare } from '../say.ts';
import type { ScoredOutcome } from '../terms.ts';
import { accuracySettings, boundDetails, labelDetails, labelsNeeded, toleratedDrop } from './labels-needed.ts';

/**
 * Share of the positives caught at the threshold that flags a fixed share of the negatives: what a review team that can
 * look at so many cases gets. The interval is Wilson's at the window's threshold.
 */
export const recallAtFpr = defineDetector({
  name: 'recall_at_fpr',
  title: 'Share of positives caught at a fixed false-positive rate, on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'outcomes',
  values: 'any',
  comparesWithReference: true,
  fails: 'below',
  failsWhen: 'it fell by more than `drop`, and by more than sampling noise reaches with `chance`',
  level: 'share',
  statistic: 'the recall at the fixed false-positive rate',
  say: sayShare,
  settings: {
    false_positive_rate: {
      default: 0.05,
      unit: 'share',
      meaning: 'largest share of negatives that may be flagged',
      range: [0.0001, 0.5],
    },
    drop: toleratedDrop(0.1, 'the recall'),
    ...accuracySettings,
  },
  requires: labelsNeeded,
  measure(reference, window, { drop, chance, false_positive_rate: rate }) {
    const { positives } = effectiveClasses(window.outcomes);
    const before = recallAtFalsePositiveRate(reference.outcomes, rate).recall;
    const after = recallAtFalsePositiveRate(window.outcomes, rate).recall;
    return {
      statistic: after,
      limit: Math.min(before - drop, noisyRecall(reference.outcomes, window.outcomes, rate, chance)),
      seen: `at ${sayShare(rate)} false positives the reference has ${sayShare(before)}`,
      interval: wilsonInterval(after * positives, positives),
      details: {
        reference: before,
        ...labelDetails(window),
        ...boundDetails(window, (all) => recallAtRateBounds(all, rate)),
      },
    };
  },
});

/**
 * The recall that the window stays above, but for the given chance, when nothing changed: the positives of either scatter, and
 * so do their thresholds, which may sit where the true false-positive rate is lower. How far each goes by itself (Chernoff)
 * is added up as independent errors are, by squares.
 */
function noisyRecall(
  reference: readonly ScoredOutcome[],
  window: readonly ScoredOutcome[],
  rate: number,
  chance: number,
): number {
  const { recall } = recallAtFalsePositiveRate(reference, rate);
  const [then, now] = [effectiveClasses(reference), effectiveClasses(window)];
  const recallAt = (at: number): number => recallAtFalsePositiveRate(reference, at).recall;
  const lowest = [
    lowestShare(recall, now.positives, chance),
    lowestTrueShare(recall, then.positives, chance),
    recallAt(lowestTrueShare(rate, now.negatives, chance)),
    recallAt(lowestShare(rate, then.negatives, chance)),
  ];
  return recall - Math.hypot(...lowest.map((low) => recall - low));
}
