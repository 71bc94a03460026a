import type { LossRows } from '../terms.ts';
import { expectFrom } from './boosted-trees.ts';
import { lossAt, type LossGroup } from './loss-by-score.ts';
import { matrixOf, overSameColumns } from './matrix.ts';

/** What features say of the mean absolute error of a window, beside what its scores say. */
export interface FeatureEffect {
  readonly value: number;
  readonly standardError: number;
}

/**
 * By how much more, or less, the predictions of a window are expected to err than their scores alone tell: the loss is learned
 * on the labelled rows of the reference from features and score (boosted trees), and its mean over the rows of the window is
 * taken less that by score, and less the same difference in the reference, where it is nothing but chance.
 * @param byScore the loss as learned from the scores alone
 * @returns undefined where rows cannot be read or fewer than `need` of the reference have a label
 */
export function featureEffect(
  reference: LossRows,
  window: LossRows,
  byScore: readonly LossGroup[],
  need: number,
): FeatureEffect | undefined {
  const [then, now] = [matrixOf(reference.features), matrixOf(window.features)];
  const labelled = reference.losses.filter((loss) => loss !== null).length;
  if (then === undefined || now === undefined || now.rows === 0 || labelled < need) return undefined;
  const [before, after] = overSameColumns(then, now);
  const [width, rows] = [before.columns.length, before.rows + after.rows];
  const scores = [...reference.scores, ...window.scores];
  const values = new Float32Array(rows * (width + 1));
  for (let row = 0; row < rows; row++) {
    const [from, at] = row < before.rows ? [before, row] : [after, row - before.rows];
    values.set(from.values.subarray(at * width, (at + 1) * width), row * (width + 1));
    values[row * (width + 1) + width] = scores[row] ?? NaN;
  }
  const targets = Float64Array.from({ length: rows }, (_, row) => reference.losses[row] ?? NaN);
  const expected = expectFrom(values, width + 1, targets);
  const beyond = [...expected].map((loss, row) => loss - lossAt(byScore, scores[row] ?? NaN));
  const [one, other] = [
    meanOf(beyond.filter((_, row) => row < before.rows && !Number.isNaN(targets[row] ?? NaN))),
    meanOf(beyond.slice(before.rows)),
  ];
  return {
    value: other.mean - one.mean,
    standardError: Math.sqrt(one.variance / one.count + other.variance / other.count),
  };
}

function meanOf(values: readonly number[]): {
  readonly mean: number;
  readonly variance: number;
  readonly count: number;
} {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count, count };
}
