import type { ScoredOutcome } from '../terms.ts';
import { weightsOf } from './class-weights.ts';

/** A mean with its standard error. */
export interface Mean {
  readonly value: number;
  readonly standardError: number;
}

/** Probabilities are kept this far from 0 and 1, as in scikit-learn, so that one certain mistake is not infinite. */
const CLIP = 1e-15;

/** Mean of -ln(probability given to what happened). NaN without labels. */
export function logLoss(outcomes: readonly ScoredOutcome[]): Mean {
  return meanLoss(outcomes, (score, positive) => {
    const probability = Math.min(Math.max(positive ? score : 1 - score, CLIP), 1 - CLIP);
    return -Math.log(probability);
  });
}

/** Mean of (probability - what happened)^2. NaN without labels. */
export function brierScore(outcomes: readonly ScoredOutcome[]): Mean {
  return meanLoss(outcomes, (score, positive) => (score - (positive ? 1 : 0)) ** 2);
}

/** Weighted mean of a loss and the standard error of the self-normalised estimate. */
function meanLoss(outcomes: readonly ScoredOutcome[], lossOf: (score: number, positive: boolean) => number): Mean {
  let [weight, sum, squares, first, second] = [0, 0, 0, 0, 0];
  const add = (loss: number, by: number, bySquares: number): void => {
    weight += by;
    sum += by * loss;
    squares += bySquares;
    first += bySquares * loss;
    second += bySquares * loss ** 2;
  };
  for (const outcome of outcomes) {
    const { positives, negatives, positiveSquares, negativeSquares } = weightsOf(outcome);
    add(lossOf(outcome.score, true), positives, positiveSquares);
    add(lossOf(outcome.score, false), negatives, negativeSquares);
  }
  const value = sum / weight;
  const variance = (second - 2 * value * first + value ** 2 * squares) / weight ** 2;
  return { value, standardError: Math.sqrt(Math.max(0, variance)) };
}

/** Whether the scores can be probabilities. */
export function areProbabilities(outcomes: readonly ScoredOutcome[]): boolean {
  return outcomes.every(({ score }) => score >= 0 && score <= 1);
}
