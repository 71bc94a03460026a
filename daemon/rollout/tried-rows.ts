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
      stakes: Float64Array.from(rows, (row) => page.stakes[row] ?? 0),
      slices: page.slices.map(({ keys, indexes }) => ({
        keys,
        indexes: Uint32Array.from(rows, (row) => indexes[row] ?? 0),
      })),
      samples: Uint8Array.from(rows, (row) => page.samples[row] ?? 0),
      control: null,
    },
    answer: {
      scores: Float32Array.from(rows, (row) => answer.scores[row] ?? Number.NaN),
      errors: Uint8Array.from(rows, (row) => answer.errors[row] ?? 0),
      control: null,
    },
  };
}
