import { allFinite } from './all-finite.ts';
import type { LoadedModel } from './load-model.ts';

/**
 * Scores rows so that one bad row costs only itself: a row that holds NaN or an infinity is not shown to the model, because
 * kernels may turn it into an ordinary-looking score, and where a batch cannot be scored its rows are tried one by one.
 * @param matrix row-major, `rows` x `width`; it is left as it is
 * @returns `model.outputs` scores a row, row-major, all NaN where there is none, and whether the batch had to be taken apart
 */
export function scoreRows(
  model: LoadedModel,
  matrix: Float32Array,
  rows: number,
  width: number,
): { readonly scores: Float32Array; readonly tookApart: boolean } {
  const { finite, unscorable } = withoutNonFinite(matrix, rows, width);
  const batch = tryScore(model, finite, rows);
  const scores = batch ?? scoreOneByOne(model, finite, rows, width);
  const { outputs } = model;
  for (const row of unscorable) scores.fill(Number.NaN, row * outputs, (row + 1) * outputs);
  for (let row = 0; row < rows; row++)
    if (!isFiniteRow(scores, row, outputs)) scores.fill(Number.NaN, row * outputs, (row + 1) * outputs);
  return { scores, tookApart: batch === undefined };
}

/** Whether every value of one row is finite. */
export function isFiniteRow(matrix: Float32Array, row: number, width: number): boolean {
  for (let at = row * width; at < (row + 1) * width; at++) if (!Number.isFinite(matrix[at])) return false;
  return true;
}

/** Rows that are not finite are 0 in a copy. */
function withoutNonFinite(
  matrix: Float32Array,
  rows: number,
  width: number,
): { readonly finite: Float32Array; readonly unscorable: readonly number[] } {
  if (allFinite(matrix)) return { finite: matrix, unscorable: [] };
  const finite = matrix.slice();
  const unscorable: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (isFiniteRow(finite, row, width)) continue;
    unscorable.push(row);
    finite.fill(0, row * width, (row + 1) * width);
  }
  return { finite, unscorable };
}

function scoreOneByOne(model: LoadedModel, matrix: Float32Array, rows: number, width: number): Float32Array {
  const { outputs } = model;
  const scores = new Float32Array(rows * outputs).fill(Number.NaN);
  for (let row = 0; row < rows; row++)
    scores.set(tryScore(model, matrix.slice(row * width, (row + 1) * width), 1) ?? [], row * outputs);
  return scores;
}

function tryScore(model: LoadedModel, matrix: Float32Array, rows: number): Float32Array | undefined {
  try {
    return model.score(matrix, rows);
  } catch {
    return undefined;
  }
}
