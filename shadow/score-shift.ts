import type { Impact, ModelInput } from '../detectors/terms.ts';
import { columnsOf, inputWidth } from './input-columns.ts';
import { seededDraws, withDrawnColumns, type ColumnRange } from './seeded-draws.ts';

/** Rows of two stretches of time, and a model that scores them. */
export interface ShiftQuestion {
  readonly inputs: readonly ModelInput[];
  /** Row-major; what is judged. */
  readonly window: Float32Array;
  /** Row-major; what is usual. */
  readonly reference: Float32Array;
  /** Times that each row of the window is tried with another row of the reference. */
  readonly draws: number;
  readonly seed: number;
  /** @returns one score a row, NaN where there is none */
  score(matrix: Float32Array, rows: number): Promise<Float32Array>;
}

/** Standard errors by which two mean scores must differ, so that parts of the difference mean anything. */
const LEAST_ERRORS = 3;

/**
 * How much of the shift of the mean score comes from each of some features: the window is scored again with the columns of one
 * feature drawn from the reference, all others left as they are; by what part of the shift the mean goes back is the
 * feature's share. Features that act together are each credited: shares need not add up to 1, and may be negative.
 * @see Breiman 2001 (permutation importance); marginal replacement as in Janzing et al. 2020
 * @returns for each feature its impact; the share is null where the mean score did not shift beyond noise
 */
export async function impactsOnScore(
  question: ShiftQuestion,
  features: readonly string[],
): Promise<ReadonlyMap<string, Impact>> {
  const { inputs, window, reference, draws, seed, score } = question;
  const ranges = rangesOf(inputs);
  const width = inputWidth(inputs);
  const rowsOf = (matrix: Float32Array): number => (width === 0 ? 0 : matrix.length / width);
  const before = momentsOf(await score(window.slice(), rowsOf(window)));
  const usual = momentsOf(await score(reference.slice(), rowsOf(reference)));
  const shift = before.mean - usual.mean;
  const isShifted = Math.abs(shift) > LEAST_ERRORS * Math.hypot(before.error, usual.error);
  const found = new Map<string, Impact>();
  for (const feature of features) {
    const columns = ranges.filter((range) => range.feature === feature).map((range) => range.columns);
    const known = { scoreShift: shift, rows: before.count, isInput: columns.length > 0 };
    if (!isShifted) found.set(feature, { ...known, share: null });
    else if (columns.length === 0) found.set(feature, { ...known, share: 0 });
    else {
      const random = seededDraws(seed);
      let left = 0;
      for (let draw = 0; draw < draws; draw++) {
        const changed = withDrawnColumns(window, reference, width, columns, random);
        left += momentsOf(await score(changed, rowsOf(window))).mean / draws;
      }
      found.set(feature, { ...known, share: (before.mean - left) / shift });
    }
  }
  return found;
}

function rangesOf(inputs: readonly ModelInput[]): { readonly feature: string; readonly columns: ColumnRange }[] {
  let from = 0;
  return inputs.map((input) => {
    const columns = { from, to: from + columnsOf(input) };
    from = columns.to;
    return { feature: input.feature, columns };
  });
}

/** Of the scores that are finite; NaN without any. */
function momentsOf(scores: Float32Array): { readonly mean: number; readonly error: number; readonly count: number } {
  const finite = scores.filter((score) => Number.isFinite(score));
  const mean = finite.reduce((sum, score) => sum + score, 0) / finite.length;
  const variance = finite.reduce((sum, score) => sum + (score - mean) ** 2, 0) / Math.max(1, finite.length - 1);
  return { mean, error: Math.sqrt(variance / finite.length), count: finite.length };
}
