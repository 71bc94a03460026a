import type { ScoredOutcome } from '../terms.ts';

/**
 * What the labels of these predictions will say if every score keeps its promise: p of them positive, 1 - p negative
 * (confidence-based performance estimation, as NannyML). Every measure of accuracy can then be read off them.
 * @param probabilityOf what a score stands for, learned on the reference
 * @param countOf which predictions of a group: all of them by default
 */
export function expectedOutcomes(
  outcomes: readonly ScoredOutcome[],
  probabilityOf: (score: number) => number,
  countOf: (outcome: ScoredOutcome) => number = predictionsOf,
): ScoredOutcome[] {
  return outcomes.flatMap((outcome) => {
    const count = countOf(outcome);
    if (count === 0) return [];
    const probability = Math.min(1, Math.max(0, probabilityOf(outcome.score)));
    return [{ score: outcome.score, positives: count * probability, negatives: count * (1 - probability) }];
  });
}

/** All predictions of a group, labelled or not. */
export function predictionsOf({ positives, negatives, unknown = 0 }: ScoredOutcome): number {
  return positives + negatives + unknown;
}
