import type { Measurement, Unmeasurable } from '../define-detector.ts';
import type { Setting } from '../detector.ts';
import type { Bounds } from '../maths/accuracy-bounds.ts';
import { effectiveClasses, sumWeights } from '../maths/class-weights.ts';
import { areProbabilities, type Mean } from '../maths/probability-score.ts';
import { sayNumber } from '../say.ts';
import type { Outcomes, ScoredOutcome } from '../terms.ts';
import { boundDetails, labelDetails } from './labels-needed.ts';
import { noiseOfMean, normalInterval, type Sampled } from './noisy-mean.ts';

/** How far a loss may grow. */
export function toleratedGrowth(by: number, of: string): Setting {
  return {
    default: by,
    unit: 'ratio',
    meaning: `largest growth of ${of} over the reference that is tolerated`,
    range: [1, 1000],
  };
}

/**
 * A mean loss of the scores as probabilities, against the reference's at the window's share of positives: a rare class that
 * becomes rarer would otherwise look like a better model.
 */
export function measureLoss(
  lossOf: (outcomes: readonly ScoredOutcome[]) => Mean,
  reference: Outcomes,
  window: Outcomes,
  { growth, chance }: { readonly growth: number; readonly chance: number },
  boundsOf?: (outcomes: readonly ScoredOutcome[]) => Bounds,
): Measurement | Unmeasurable {
  if (!areProbabilities(reference.outcomes) || !areProbabilities(window.outcomes)) {
    return { insufficient: 'the scores are no probabilities: some lie outside 0 to 1' };
  }
  const before = sampled(lossOf, atShareOf(window.outcomes, reference.outcomes), reference.outcomes);
  const after = sampled(lossOf, window.outcomes, window.outcomes);
  return {
    statistic: after.value,
    limit: Math.max(before.value * growth, before.value + noiseOfMean(before, after.size, chance)),
    seen: `the reference has ${sayNumber(before.value)} at the same share of positives`,
    interval: normalInterval(after),
    details: {
      reference: before.value,
      ...labelDetails(window),
      ...(boundsOf && boundDetails(window, boundsOf)),
    },
  };
}

function sampled(
  lossOf: (outcomes: readonly ScoredOutcome[]) => Mean,
  outcomes: readonly ScoredOutcome[],
  counted: readonly ScoredOutcome[],
): Sampled {
  const { positives, negatives } = effectiveClasses(counted);
  return { ...lossOf(outcomes), size: positives + negatives };
}

/** The reference with its positives weighted so that they are as frequent as in the window. */
function atShareOf(window: readonly ScoredOutcome[], reference: readonly ScoredOutcome[]): ScoredOutcome[] {
  const [then, now] = [sumWeights(reference), sumWeights(window)];
  const by = (now.positives / now.negatives) * (then.negatives / then.positives);
  return reference.map((outcome) => {
    const { weights } = outcome;
    const positives = (weights?.positives ?? outcome.positives) * by;
    const positiveSquares = (weights?.positiveSquares ?? outcome.positives) * by ** 2;
    const negatives = weights?.negatives ?? outcome.negatives;
    const negativeSquares = weights?.negativeSquares ?? outcome.negatives;
    return { ...outcome, weights: { positives, negatives, positiveSquares, negativeSquares } };
  });
}
