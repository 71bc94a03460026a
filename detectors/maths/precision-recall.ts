import type { ScoredOutcome } from '../terms.ts';
import { sumWeights, weightsOf } from './class-weights.ts';

/**
 * Average precision of outcomes in ascending score: precision at each threshold, weighted by the recall it adds
 * (no interpolation, as scikit-learn). NaN without positives.
 * @param negativeWeight how many negatives each one stands for, to read the curve at another share of positives
 */
export function averagePrecision(outcomes: readonly ScoredOutcome[], negativeWeight = 1): number {
  const total = sumWeights(outcomes).positives;
  let [truePositives, falsePositives, average] = [0, 0, 0];
  for (const outcome of outcomes.toReversed()) {
    const { positives, negatives } = weightsOf(outcome);
    truePositives += positives;
    falsePositives += negatives * negativeWeight;
    if (positives > 0) average += (positives / total) * (truePositives / (truePositives + falsePositives));
  }
  return total === 0 ? NaN : average;
}

/** A threshold: the share of positives, and of negatives, that score at or above it. */
export interface OperatingPoint {
  readonly recall: number;
  readonly falsePositiveRate: number;
}

/** The largest recall whose false-positive rate is at most `most`, of outcomes in ascending score. NaN without both classes. */
export function recallAtFalsePositiveRate(outcomes: readonly ScoredOutcome[], most: number): OperatingPoint {
  const total = sumWeights(outcomes);
  let [truePositives, falsePositives] = [0, 0];
  for (const outcome of outcomes.toReversed()) {
    const { positives, negatives } = weightsOf(outcome);
    if ((falsePositives + negatives) / total.negatives > most) break;
    truePositives += positives;
    falsePositives += negatives;
  }
  return { recall: truePositives / total.positives, falsePositiveRate: falsePositives / total.negatives };
}
