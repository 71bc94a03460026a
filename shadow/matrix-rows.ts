/** Some rows of a row-major matrix of `width` columns, in the order given. */
export function pickRows(matrix: Float32Array, width: number, rows: ArrayLike<number>): Float32Array {
  const picked = new Float32Array(rows.length * width);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    picked.set(matrix.subarray(row * width, (row + 1) * width), at * width);
  }
  return picked;
}

/** The rows of several matrices of the same width, one below the other. */
export function joinRows(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
