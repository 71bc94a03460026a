import type { ModelInput } from '../detectors/terms.ts';
import { inputWidth } from './input-columns.ts';

/** Rows of two stretches of time, and a model that scores them. */
export interface ShiftQuestion {
  readonly inputs: readonly ModelInput[];
  /** Row-major; what is judged. */
  readonly window: Float32Array;
  /** Row-major; what is usual. */
  readonly reference: Float32Array;
  /** Score at and above which a row is declined; null where the model decides nothing by it. */
  readonly threshold: number | null;
  readonly seed: number;
  /** @returns one score a row, NaN where there is none */
  score(matrix: Float32Array, rows: number): Promise<Float32Array>;
}

/** Scores, NaN where there are none, and the moments of those that are finite; NaN without any. */
export interface Scored {
  readonly scores: Float32Array;
  readonly mean: number;
  readonly error: number;
  readonly count: number;
}

/** Scores rows as given. @param matrix row-major, not changed */
export async function scoreAll({ score, inputs }: ShiftQuestion, matrix: Float32Array): Promise<Scored> {
  const width = inputWidth(inputs);
  const scores = await score(matrix.slice(), width === 0 ? 0 : matrix.length / width);
  const finite = scores.filter((one) => Number.isFinite(one));
  const mean = finite.reduce((sum, one) => sum + one, 0) / finite.length;
  const variance = finite.reduce((sum, one) => sum + (one - mean) ** 2, 0) / Math.max(1, finite.length - 1);
  return { scores, mean, error: Math.sqrt(variance / finite.length), count: finite.length };
}
