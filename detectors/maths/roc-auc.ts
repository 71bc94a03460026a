import type { ScoredOutcome } from '../terms.ts';

/** Area under the ROC curve with what its variance is made of (DeLong, DeLong and Clarke-Pearson 1988). */
export interface Auc {
  /** Chance that a positive scores above a negative, ties counting half. */
  readonly value: number;
  /** Variances over positives, and over negatives, of the share of the other class that each one outranks. */
  readonly positiveVariance: number;
  readonly negativeVariance: number;
}

/** ROC-AUC of outcomes in ascending score, each score once. NaN without both classes. */
export function rocAuc(outcomes: readonly ScoredOutcome[]): Auc {
  const { positives, negatives } = countClasses(outcomes);
  let [value, below] = [0, 0];
  for (const outcome of outcomes) {
    value += (outcome.positives * (below + outcome.negatives / 2)) / (positives * negatives);
    below += outcome.negatives;
  }
  let [ofPositives, ofNegatives, negativesBelow, positivesBelow] = [0, 0, 0, 0];
  for (const outcome of outcomes) {
    const outranked = (negativesBelow + outcome.negatives / 2) / negatives;
    const outranking = 1 - (positivesBelow + outcome.positives / 2) / positives;
    ofPositives += outcome.positives * (outranked - value) ** 2;
    ofNegatives += outcome.negatives * (outranking - value) ** 2;
    negativesBelow += outcome.negatives;
    positivesBelow += outcome.positives;
  }
  return {
    value,
    positiveVariance: ofPositives / Math.max(1, positives - 1),
    negativeVariance: ofNegatives / Math.max(1, negatives - 1),
  };
}

/** Positives and negatives of all outcomes. */
export function countClasses(outcomes: readonly ScoredOutcome[]): { positives: number; negatives: number } {
  let [positives, negatives] = [0, 0];
  for (const outcome of outcomes) {
    positives += outcome.positives;
    negatives += outcome.negatives;
  }
  return { positives, negatives };
}
