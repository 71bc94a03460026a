import type { ScoredOutcome } from '../terms.ts';
import { countClasses } from './roc-auc.ts';

/**
 * Average precision of outcomes in ascending score: precision at each threshold, weighted by the recall it adds
 * (no interpolation, as scikit-learn). NaN without positives.
 * @param negativeWeight how many negatives each one stands for, to read the curve at another share of positives
 */
export function averagePrecision(outcomes: readonly ScoredOutcome[], negativeWeight = 1): number {
  const { positives } = countClasses(outcomes);
  let [truePositives, falsePositives, average] = [0, 0, 0];
  for (const outcome of outcomes.toReversed()) {
    truePositives += outcome.positives;
    falsePositives += outcome.negatives * negativeWeight;
    if (outcome.positives > 0) {
      average += (outcome.positives / positives) * (truePositives / (truePositives + falsePositives));
    }
  }
  return positives === 0 ? NaN : average;
}

/** A threshold: the share of positives, and of negatives, that score at or above it. */
export interface OperatingPoint {
  readonly recall: number;
  readonly falsePositiveRate: number;
}

/** The largest recall whose false-positive rate is at most `most`, of outcomes in ascending score. NaN without both classes. */
export function recallAtFalsePositiveRate(outcomes: readonly ScoredOutcome[], most: number): OperatingPoint {
  const { positives, negatives } = countClasses(outcomes);
  let [truePositives, falsePositives] = [0, 0];
  for (const outcome of outcomes.toReversed()) {
    if ((falsePositives + outcome.negatives) / negatives > most) break;
    truePositives += outcome.positives;
    falsePositives += outcome.negatives;
  }
  return { recall: truePositives / positives, falsePositiveRate: falsePositives / negatives };
}
