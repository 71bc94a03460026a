import { defineDetector } from '../define-detector.ts';
import { effectiveClasses } from '../maths/class-weights.ts';
import { confusionAt, f1Of, precisionOf, recallOf } from '../maths/confusion.ts';
import { estimateAuc } from '../maths/estimated-auc.ts';
import { predictionsOf } from '../maths/expected-outcomes.ts';
import { logitInterval, moveOnLogit } from '../maths/logit.ts';
import { averagePrecision } from '../maths/precision-recall.ts';
import { aucError, rocAuc } from '../maths/roc-auc.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayNumber } from '../say.ts';
import { atLeast } from '../settings.ts';
import type { Outcomes, ScoredOutcome } from '../terms.ts';
import { accuracySettings, speakForAll, toleratedDrop } from './labels-needed.ts';

/**
 * What the ROC-AUC will be once the labels are there, from the scores alone: confidence-based performance estimation, with
 * what a score stands for learned on the reference's labels. It sees what moves the scores; it cannot see that the same
 * scores have come to mean something else. `estimate_error` tells later how right it was. Interval: DeLong, of the window and
 * of the reference that the estimate stands on.
 */
export const estimatedRocAuc = defineDetector({
  name: 'estimated_roc_auc',
  title: 'ROC-AUC that the scores promise before any label has come (CBPE)',
  kind: 'accuracy',
  subject: 'model',
  needs: 'forecast',
  values: 'any',
  comparesWithReference: true,
  fails: 'below',
  failsWhen:
    'it lies more than `drop` below the ROC-AUC of the reference, and by more than sampling noise with `chance`',
  headline: { happened: 'is expected to lose accuracy' },
  statistic: 'the estimated ROC-AUC',
  say: sayNumber,
  settings: {
    drop: toleratedDrop(0.05, 'the ROC-AUC'),
    minimum_count: atLeast(1000, 'scores'),
    minimum_labels: {
      ...atLeast(50, 'labels'),
      meaning: 'labels of each class that the reference must hold, to learn from what a score stands for',
    },
    chance: accuracySettings.chance,
  },
  requires: ({ outcomes }, { minimum_count: need }) => [
    { what: 'scores', have: outcomes.reduce((sum, outcome) => sum + predictionsOf(outcome), 0), need },
  ],
  measure(reference, window, { drop, chance, minimum_labels: need }) {
    const { positives, negatives } = effectiveClasses(reference.outcomes);
    if (!(Math.min(positives, negatives) >= need)) {
      return {
        insufficient: `the reference holds only ${Math.floor(positives)} positive and ${Math.floor(negatives)} negative labels, ${need} of each are needed`,
      };
    }
    const before = rocAuc(reference.outcomes);
    const { value, standardError, expected, calibrated } = estimateAuc(reference.outcomes, window.outcomes);
    const size = effectiveClasses(expected);
    const ofAll = speakForAll(reference.outcomes)
      ? before.value
      : estimateAuc(reference.outcomes, reference.outcomes).value;
    const error = Math.hypot(aucError(before, effectiveClasses(reference.outcomes)), aucError(before, size));
    return {
      statistic: value,
      limit: Math.min(ofAll - drop, moveOnLogit(ofAll, error, normalQuantile(chance))),
      seen: `the reference has ${sayNumber(before.value)} on its labels${sayOfAll(before.value, ofAll)}`,
      interval: logitInterval(value, standardError),
      details: {
        reference: before.value,
        ...(ofAll !== before.value && { reference_of_all: ofAll }),
        calibrated: calibrated ? 'by isotonic regression' : 'not needed',
        expected_positives: size.positives,
        ...estimatesOf(expected, window),
      },
    };
  },
});

function sayOfAll(ofLabelled: number, ofAll: number): string {
  return ofAll === ofLabelled ? '' : `, which promise ${sayNumber(ofAll)} of all its predictions`;
}

/** The other measures, read off the same expectation. */
function estimatesOf(expected: readonly ScoredOutcome[], { threshold }: Outcomes): Record<string, number> {
  const average = { average_precision: averagePrecision(expected) };
  if (threshold === undefined) return average;
  const confusion = confusionAt(expected, threshold);
  const measures = {
    ...average,
    precision: precisionOf(confusion).value,
    recall: recallOf(confusion).value,
    f1: f1Of(confusion).value,
    true_positives: confusion.truePositives.weight,
    false_positives: confusion.falsePositives.weight,
    false_negatives: confusion.falseNegatives.weight,
    true_negatives: confusion.trueNegatives.weight,
  };
  return Object.fromEntries(Object.entries(measures).filter(([, value]) => Number.isFinite(value)));
}
