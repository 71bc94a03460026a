import type { ScoredOutcome } from '../terms.ts';
import { weightsOf } from './class-weights.ts';
import { seededNormals } from './seeded-normals.ts';

/** Predictions with neighbouring scores: what was promised on average and what happened. */
export interface CalibrationBin {
  readonly weight: number;
  readonly squares: number;
  readonly promised: number;
  readonly happened: number;
}

const BINS = 10;
const RESAMPLES = 400;
const SEED = 20_260_101;

/**
 * Ten bins that hold equally many predictions, in ascending score; predictions with one score are not torn apart, their
 * bin is that of the middle one.
 * @param promisedOf the probability that a score stands for; the score itself by default
 */
export function calibrationBins(
  outcomes: readonly ScoredOutcome[],
  promisedOf: (score: number) => number = (score) => score,
): CalibrationBin[] {
  const sums = Array.from({ length: BINS }, () => ({ weight: 0, squares: 0, promised: 0, happened: 0 }));
  const total = outcomes.reduce((sum, outcome) => sum + weightsOf(outcome).positives + weightsOf(outcome).negatives, 0);
  let below = 0;
  for (const outcome of outcomes) {
    const { positives, negatives, positiveSquares, negativeSquares } = weightsOf(outcome);
    const weight = positives + negatives;
    const bin = sums[Math.min(BINS - 1, Math.floor(((below + weight / 2) / total) * BINS))];
    below += weight;
    if (bin === undefined || weight === 0) continue;
    bin.weight += weight;
    bin.squares += positiveSquares + negativeSquares;
    bin.promised += weight * promisedOf(outcome.score);
    bin.happened += positives;
  }
  return sums
    .filter(({ weight }) => weight > 0)
    .map((bin) => ({ ...bin, promised: bin.promised / bin.weight, happened: bin.happened / bin.weight }));
}

/** Expected calibration error: mean over the bins, by weight, of |promised - happened|. NaN without labels. */
export function calibrationError(bins: readonly CalibrationBin[]): number {
  let [sum, total] = [0, 0];
  for (const { weight, promised, happened } of bins) {
    sum += weight * Math.abs(promised - happened);
    total += weight;
  }
  return sum / total;
}

/**
 * 95 % interval, and what a perfectly calibrated model with these bins would show by chance alone: parametric bootstrap, 400
 * draws of what happens in each bin, the same draws in every run.
 */
export function calibrationScatter(bins: readonly CalibrationBin[]): {
  readonly interval: readonly [number, number];
  readonly mean: number;
  readonly standardError: number;
} {
  const next = seededNormals(SEED);
  const draw = (of: 'promised' | 'happened'): number[] =>
    Array.from({ length: RESAMPLES }, () => {
      const drawn = bins.map((bin) => {
        const error = Math.sqrt((bin[of] * (1 - bin[of]) * bin.squares) / bin.weight ** 2);
        return { ...bin, happened: Math.min(1, Math.max(0, bin[of] + error * next())) };
      });
      return calibrationError(drawn);
    }).sort((one, other) => one - other);
  const seen = draw('happened');
  const perfect = draw('promised');
  const mean = perfect.reduce((sum, value) => sum + value, 0) / RESAMPLES;
  const scatter = perfect.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (RESAMPLES - 1);
  return {
    interval: [seen[Math.floor(RESAMPLES * 0.025)] ?? NaN, seen[Math.ceil(RESAMPLES * 0.975) - 1] ?? NaN],
    mean,
    standardError: Math.sqrt(scatter),
  };
}
