import type { ClassWeights, ScoredOutcome } from '../terms.ts';

/** By how much both classes of a group count: each prediction one, unless the group has weights. */
export function weightsOf({ positives, negatives, weights }: ScoredOutcome): ClassWeights {
  return weights ?? { positives, negatives, positiveSquares: positives, negativeSquares: negatives };
}

/** Weights of all outcomes together. */
export function sumWeights(outcomes: readonly ScoredOutcome[]): ClassWeights {
  let [positives, negatives, positiveSquares, negativeSquares] = [0, 0, 0, 0];
  for (const outcome of outcomes) {
    const weights = weightsOf(outcome);
    positives += weights.positives;
    negatives += weights.negatives;
    positiveSquares += weights.positiveSquares;
    negativeSquares += weights.negativeSquares;
  }
  return { positives, negatives, positiveSquares, negativeSquares };
}

/** How many equally weighted records say as much: (sum of weights)^2 / sum of squares (Kish 1965); 0 for none. */
export function effectiveSize(weight: number, squares: number): number {
  return squares > 0 ? weight ** 2 / squares : 0;
}

/** Effective numbers of both classes; without weights the counts. */
export function effectiveClasses(outcomes: readonly ScoredOutcome[]): { positives: number; negatives: number } {
  const { positives, negatives, positiveSquares, negativeSquares } = sumWeights(outcomes);
  return {
    positives: effectiveSize(positives, positiveSquares),
    negatives: effectiveSize(negatives, negativeSquares),
  };
}

/** Two groups of predictions with the same score as one. */
export function addOutcomes(one: ScoredOutcome, other: ScoredOutcome): ScoredOutcome {
  const unknown = (one.unknown ?? 0) + (other.unknown ?? 0);
  const isWeighted = one.weights !== undefined || other.weights !== undefined;
  return {
    score: one.score,
    positives: one.positives + other.positives,
    negatives: one.negatives + other.negatives,
    ...(unknown > 0 && { unknown }),
    ...(isWeighted && { weights: sumWeights([one, other]) }),
  };
}
