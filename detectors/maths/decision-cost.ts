import type { ScoredOutcome } from '../terms.ts';
import type { Mean } from './probability-score.ts';

/** What wrong decisions cost; money in the model's unit. */
export interface DecisionCost {
  /** Value of labelled positives let through, and of labelled negatives declined. */
  readonly missed: number;
  readonly declined: number;
  readonly atStake: number;
  readonly cost: number;
  /** Cost over the money at stake, with the standard error of a ratio (linearised). */
  readonly share: Mean;
}

/** Prices are what a wrong decision costs of the value of its prediction. */
export function costOfDecisions(
  outcomes: readonly ScoredOutcome[],
  threshold: number,
  prices: { readonly missed: number; readonly declined: number },
): DecisionCost {
  let [missed, declined, atStake] = [0, 0, 0];
  for (const { score, value } of outcomes) {
    if (value === undefined) continue;
    atStake += value.positives + value.negatives;
    if (score < threshold) missed += value.positives;
    else declined += value.negatives;
  }
  const cost = missed * prices.missed + declined * prices.declined;
  const share = cost / atStake;
  let variance = 0;
  for (const { score, value } of outcomes) {
    if (value === undefined) continue;
    const flagged = score >= threshold;
    const ofPositives = (flagged ? 0 : prices.missed) - share;
    const ofNegatives = (flagged ? prices.declined : 0) - share;
    variance += ofPositives ** 2 * value.positiveSquares + ofNegatives ** 2 * value.negativeSquares;
  }
  return {
    missed,
    declined,
    atStake,
    cost,
    share: { value: share, standardError: Math.sqrt(variance) / atStake },
  };
}
