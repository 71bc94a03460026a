import { describe, expect, it } from 'vitest';
import { calibrationBins, calibrationError } from '../../../detectors/maths/calibration-error.ts';
import { isotonicCalibration } from '../../../detectors/maths/isotonic.ts';
import { pooledErrors } from '../../../detectors/maths/pooled-errors.ts';
import type { ScoredOutcome } from '../../../detectors/terms.ts';
import { randomFrom } from '../samples.ts';

/** By the definition: each prediction by itself, every tenth of its class left out of the fit that judges it. */
function byDefinition(reference: readonly ScoredOutcome[]): readonly [number, number] {
  const foldOf = new Map<ScoredOutcome, number>();
  for (const side of ['positives', 'negatives'] as const)
    reference.filter((outcome) => outcome[side] > 0).forEach((outcome, place) => foldOf.set(outcome, place % 10));
  const mended = Array.from({ length: 10 }, (_, fold) => {
    const probabilityOf = isotonicCalibration(reference.filter((outcome) => foldOf.get(outcome) !== fold));
    return reference
      .filter((outcome) => foldOf.get(outcome) === fold)
      .map((outcome) => ({ ...outcome, score: probabilityOf(outcome.score) }));
  }).flat();
  const errorOf = (outcomes: readonly ScoredOutcome[]): number =>
    calibrationError(calibrationBins(outcomes.toSorted((one, other) => one.score - other.score)));
  return [errorOf(reference), errorOf(mended)];
}

describe('calibration errors pooled over ten folds', () => {
  it.each([1, 2, 3])('are those of the definition, seed %d', (seed) => {
    const random = randomFrom(seed);
    const scores = [...new Set(Array.from({ length: 700 }, () => random() ** 2))].sort((one, other) => one - other);
    const reference = scores.map((score) => {
      const positives = random() < 0.6 * score + 0.1 ? 1 : 0;
      return { score, positives, negatives: 1 - positives };
    });
    const [before, after] = pooledErrors(reference);
    const [wantedBefore, wantedAfter] = byDefinition(reference);
    expect(before).toBeCloseTo(wantedBefore, 12);
    expect(after).toBeCloseTo(wantedAfter, 12);
    expect(after).toBeLessThan(before);
  });

  it('take ten predictions with one score as ten, by weight', () => {
    const one = { score: 0.2, positives: 10, negatives: 30 };
    const weights = { positives: 20, negatives: 30, positiveSquares: 40, negativeSquares: 30 };
    expect(pooledErrors([one])[0]).toBeCloseTo(0.05, 12);
    expect(pooledErrors([{ ...one, weights }])[0]).toBeCloseTo(0.2, 12);
    // The fit on nine tenths of it is what happened, so nothing is left.
    expect(pooledErrors([one])[1]).toBeCloseTo(0, 12);
  });
});
