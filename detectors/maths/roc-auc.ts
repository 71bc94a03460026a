import type { ScoredOutcome } from '../terms.ts';
import { effectiveClasses, sumWeights, weightsOf } from './class-weights.ts';

/** Area under the ROC curve with what its variance is made of (DeLong, DeLong and Clarke-Pearson 1988). */
export interface Auc {
  /** Chance that a positive scores above a negative, ties counting half. */
  readonly value: number;
  /** Variances over positives, and over negatives, of the share of the other class that each one outranks. */
  readonly positiveVariance: number;
  readonly negativeVariance: number;
}

/**
 * ROC-AUC of outcomes in ascending score, each score once; weighted where they have weights, the variances then being
 * those of the self-normalised estimate. NaN without both classes.
 */
export function rocAuc(outcomes: readonly ScoredOutcome[]): Auc {
  const total = sumWeights(outcomes);
  let [value, below] = [0, 0];
  for (const outcome of outcomes) {
    const { positives, negatives } = weightsOf(outcome);
    value += (positives * (below + negatives / 2)) / (total.positives * total.negatives);
    below += negatives;
  }
  let [ofPositives, ofNegatives, negativesBelow, positivesBelow] = [0, 0, 0, 0];
  for (const outcome of outcomes) {
    const { positives, negatives, positiveSquares, negativeSquares } = weightsOf(outcome);
    const outranked = (negativesBelow + negatives / 2) / total.negatives;
    const outranking = 1 - (positivesBelow + positives / 2) / total.positives;
    ofPositives += positiveSquares * (outranked - value) ** 2;
    ofNegatives += negativeSquares * (outranking - value) ** 2;
    negativesBelow += negatives;
    positivesBelow += positives;
  }
  const { positives, negatives } = effectiveClasses(outcomes);
  return {
    value,
    positiveVariance: perRecord(ofPositives, total.positiveSquares, positives),
    negativeVariance: perRecord(ofNegatives, total.negativeSquares, negatives),
  };
}

/** Standard error of the AUC of a sample with this many (effective) positives and negatives. */
export function aucError(auc: Auc, { positives, negatives }: { positives: number; negatives: number }): number {
  return Math.sqrt(auc.positiveVariance / positives + auc.negativeVariance / negatives);
}

/** Positives and negatives of all outcomes, as counted. */
export function countClasses(outcomes: readonly ScoredOutcome[]): { positives: number; negatives: number } {
  let [positives, negatives] = [0, 0];
  for (const outcome of outcomes) {
    positives += outcome.positives;
    negatives += outcome.negatives;
  }
  return { positives, negatives };
}

/** Variance of one record, with n - 1 below. */
function perRecord(scatter: number, squares: number, effective: number): number {
  if (squares === 0) return 0;
  return (scatter / squares) * (effective / Math.max(1, effective - 1));
}
