import type { ModelInput } from '../detectors/terms.ts';
import { inputWidth, missingRow } from './input-columns.ts';
import { ModelFileError } from './model-file-error.ts';

/**
 * Rows that every model with these inputs is asked when it is registered, and again whenever it is loaded: a prediction
 * without features, zeros, ones, and fractions that differ from column to column, so that columns in another order tell.
 * Row-major, four rows.
 */
export function goldenRows(inputs: readonly ModelInput[]): Float32Array {
  const width = inputWidth(inputs);
  const rows = new Float32Array(4 * width);
  rows.set(missingRow(inputs));
  rows.fill(1, 2 * width, 3 * width);
  for (let column = 0; column < width; column++) rows[3 * width + column] = ((column * 7919 + 13) % 997) / 997;
  return rows;
}

/** Backends agree to about 3e-7, sums of many columns to less; another model is far from that. */
const SAME = 1e-4;

/**
 * Compares the scores of the golden rows with those taken at registration; null where there was none.
 * @param outputs scores a row
 * @throws ModelFileError when they differ: the files are the same, what runs them is not
 */
export function checkGolden(
  found: readonly (number | null)[],
  expected: readonly (number | null)[],
  outputs: number,
): void {
  for (const [at, score] of expected.entries()) {
    const row = Math.floor(at / outputs);
    const now = found[at] ?? null;
    if (score === null && now === null) continue;
    if (score !== null && now !== null && Math.abs(now - score) <= SAME * Math.max(1, Math.abs(score))) continue;
    throw new ModelFileError(
      `the model scores golden row ${row} as ${now ?? 'nothing'}, at registration as ${score ?? 'nothing'}: the backend computes something else; choose another with replays.backend, or register the version again under another name`,
    );
  }
}
