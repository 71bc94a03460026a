import type { Sample } from '../terms.ts';

/** Rows of numbers, row-major; NaN is missing. */
export interface Matrix {
  readonly rows: number;
  readonly columns: readonly string[];
  readonly values: Float32Array;
}

/** The matrix that a sample holds as text: base64 of its float32 numbers, little-endian. Undefined where it is not whole. */
export function matrixOf({ rows, columns, matrix }: Sample): Matrix | undefined {
  const bytes = Uint8Array.from(atob(matrix), (character) => character.charCodeAt(0));
  if (bytes.length !== rows * columns.length * 4) return undefined;
  return { rows, columns, values: new Float32Array(bytes.buffer) };
}

/** Both over the columns of either; what one lacks is missing in it, or 0 where the column is one category of many. */
export function overSameColumns(one: Matrix, other: Matrix): readonly [Matrix, Matrix] {
  const columns = [...new Set([...one.columns, ...other.columns])].sort();
  return [widen(one, columns), widen(other, columns)];
}

function widen(matrix: Matrix, columns: readonly string[]): Matrix {
  const values = new Float32Array(matrix.rows * columns.length);
  for (const [to, column] of columns.entries()) {
    const from = matrix.columns.indexOf(column);
    const lacking = column.includes('=') ? 0 : NaN;
    for (let row = 0; row < matrix.rows; row++) {
      values[row * columns.length + to] =
        from < 0 ? lacking : (matrix.values[row * matrix.columns.length + from] ?? NaN);
    }
  }
  return { rows: matrix.rows, columns, values };
}
