/** Mulberry32: small, seeded, good enough to choose rows. @returns numbers from 0 to below 1 */
export function seededDraws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Columns `from` to below `to` of a row-major matrix of `width` columns. */
export interface ColumnRange {
  readonly from: number;
  readonly to: number;
}

/** The rows with some columns taken from rows of the reference, drawn for each of them; all other columns as they were. */
export function withDrawnColumns(
  rows: Float32Array,
  reference: Float32Array,
  width: number,
  columns: readonly ColumnRange[],
  random: () => number,
): Float32Array {
  const changed = rows.slice();
  const donors = reference.length / width;
  for (let row = 0; row < changed.length; row += width) {
    const donor = Math.floor(random() * donors) * width;
    for (const { from, to } of columns)
      for (let column = from; column < to; column++) changed[row + column] = reference[donor + column] ?? 0;
  }
  return changed;
}
