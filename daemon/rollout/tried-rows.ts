import { pickTexts } from '../store/native-reader.ts';
import type { ReplayPage } from '../store/replay-rows.ts';
import { rowsWhere } from '../store/rows-where.ts';
import type { Answer } from './answer-page.ts';
import { UNTRIED } from './replay-scoring.ts';

/** Of a page that a model was given up on, what it was shown, without features and without the control's part. */
export function triedRows(page: ReplayPage, answer: Answer): { readonly page: ReplayPage; readonly answer: Answer } {
  const rows = rowsWhere(answer.errors, (error) => error !== UNTRIED);
  return {
    page: {
      version: page.version,
      rows: rows.length,
      matrix: new Float32Array(),
      ids: pickTexts(page.ids, rows),
      timestamps: BigInt64Array.from(rows, (row) => page.timestamps[row] ?? 0n),
      recorded: Float64Array.from(rows, (row) => page.recorded[row] ?? Number.NaN),
      classScores: page.classScores === null ? null : pickColumns(page.classScores, page.rows, rows),
      stakes: Float64Array.from(rows, (row) => page.stakes[row] ?? 0),
      slices: page.slices.map(({ keys, indexes }) => ({
        keys,
        indexes: Uint32Array.from(rows, (row) => indexes[row] ?? 0),
      })),
      samples: Uint8Array.from(rows, (row) => page.samples[row] ?? 0),
      control: null,
    },
    answer: {
      scores: Float32Array.from(pickColumns(answer.scores, page.rows, rows)),
      errors: Uint8Array.from(rows, (row) => answer.errors[row] ?? 0),
      control: null,
    },
  };
}

/** Some rows of a row-major matrix. @param rows of the whole; @param picked the places of those wanted */
function pickColumns(matrix: ArrayLike<number>, rows: number, picked: Uint32Array): Float64Array {
  const columns = matrix.length / rows;
  return Float64Array.from(
    { length: picked.length * columns },
    (_, at) => matrix[(picked[Math.floor(at / columns)] ?? 0) * columns + (at % columns)] ?? Number.NaN,
  );
}
