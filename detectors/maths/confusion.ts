import type { ScoredOutcome } from '../terms.ts';
import { wilsonInterval } from './binomial.ts';
import { effectiveSize, weightsOf } from './class-weights.ts';
import type { Mean } from './probability-score.ts';
import { normalQuantile } from './special.ts';

/** Weight of the predictions in one corner of the confusion matrix, and the sum of the squares. */
interface Corner {
  readonly weight: number;
  readonly squares: number;
}

/** What a threshold does: who is flagged, and who should have been. */
export interface Confusion {
  readonly truePositives: Corner;
  readonly falsePositives: Corner;
  readonly falseNegatives: Corner;
  readonly trueNegatives: Corner;
}

/** A figure with its 95 % interval and the (effective) number of records that it rests on. */
export interface Measured {
  readonly value: number;
  readonly interval: readonly [number, number];
  readonly size: number;
}

/** Outcomes split at a threshold: a score at or above it predicts the positive class. */
export function confusionAt(outcomes: readonly ScoredOutcome[], threshold: number): Confusion {
  const sum = { tp: 0, tpSquares: 0, fp: 0, fpSquares: 0, fn: 0, fnSquares: 0, tn: 0, tnSquares: 0 };
  for (const outcome of outcomes) {
    const { positives, negatives, positiveSquares, negativeSquares } = weightsOf(outcome);
    if (outcome.score >= threshold) {
      sum.tp += positives;
      sum.tpSquares += positiveSquares;
      sum.fp += negatives;
      sum.fpSquares += negativeSquares;
    } else {
      sum.fn += positives;
      sum.fnSquares += positiveSquares;
      sum.tn += negatives;
      sum.tnSquares += negativeSquares;
    }
  }
  return {
    truePositives: { weight: sum.tp, squares: sum.tpSquares },
    falsePositives: { weight: sum.fp, squares: sum.fpSquares },
    falseNegatives: { weight: sum.fn, squares: sum.fnSquares },
    trueNegatives: { weight: sum.tn, squares: sum.tnSquares },
  };
}

/** Share of the flagged that are positive, with Wilson's interval; NaN when nothing is flagged. */
export function precisionOf({ truePositives, falsePositives }: Confusion): Measured {
  return shareOf(truePositives, falsePositives);
}

/** Share of the positives that are flagged, with Wilson's interval; NaN without positives. */
export function recallOf({ truePositives, falseNegatives }: Confusion): Measured {
  return shareOf(truePositives, falseNegatives);
}

/** Harmonic mean of precision and recall; the interval by the delta method on the three counts behind it. */
export function f1Of(confusion: Confusion): Measured {
  const { truePositives: hit, falsePositives: excess, falseNegatives: missed } = confusion;
  const { value, standardError } = f1Error(confusion);
  const half = normalQuantile(0.975) * standardError;
  const size = effectiveSize(hit.weight + excess.weight + missed.weight, hit.squares + excess.squares + missed.squares);
  return { value, interval: [Math.max(0, value - half), Math.min(1, value + half)], size };
}

/** The same with its standard error; NaN without positives and flagged ones. */
export function f1Error({
  truePositives: hit,
  falsePositives: excess,
  falseNegatives: missed,
}: Omit<Confusion, 'trueNegatives'>): Mean {
  const whole = 2 * hit.weight + excess.weight + missed.weight;
  const wrong = excess.weight + missed.weight;
  const variance =
    (4 * wrong ** 2 * hit.squares + 4 * hit.weight ** 2 * (excess.squares + missed.squares)) / whole ** 4;
  return { value: (2 * hit.weight) / whole, standardError: Math.sqrt(variance) };
}

function shareOf(hits: Corner, others: Corner): Measured {
  const weight = hits.weight + others.weight;
  const size = effectiveSize(weight, hits.squares + others.squares);
  const value = hits.weight / weight;
  return { value, interval: wilsonInterval(value * size, size), size };
}
