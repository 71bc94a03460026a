/** The column behind those of the classes that are compared: the most probable of all others. */
export const OTHER = '(other)';

/**
 * The classes that two models are compared by, in ascending order: of equally probable ones the first by name is decided,
 * as everywhere. `OTHER` comes last.
 */
export function comparedClasses(...named: readonly (readonly string[])[]): string[] {
  return [...[...new Set(named.flat())].sort(), OTHER];
}

/**
 * Scores of a model in the columns of a comparison; classes that it does not know get 0.
 * @param scores row-major, a column for each of `from`; NaN where a row has none
 * @param from names of the columns of the model
 * @param to names of the columns that are compared
 * @returns row-major, a column for each of `to`
 */
export function alignClasses(
  scores: Float32Array,
  from: readonly string[],
  to: readonly string[],
): Float64Array<ArrayBuffer> {
  const places = from.map((name) => to.indexOf(name));
  const rows = scores.length / from.length;
  const aligned = new Float64Array(rows * to.length);
  for (let row = 0; row < rows; row++) {
    if (Number.isNaN(scores[row * from.length])) {
      aligned.fill(Number.NaN, row * to.length, (row + 1) * to.length);
      continue;
    }
    for (const [at, place] of places.entries())
      if (place >= 0) aligned[row * to.length + place] = scores[row * from.length + at] ?? 0;
  }
  return aligned;
}

/** The column with the largest score of a row, the first of equal ones; -1 for a row without scores. */
export function decidedClass(scores: Float64Array, row: number, columns: number): number {
  let [decided, most] = [-1, -Infinity];
  for (let at = 0; at < columns; at++) {
    const score = scores[row * columns + at] ?? Number.NaN;
    if (!Number.isFinite(score)) return -1;
    if (score > most) [decided, most] = [at, score];
  }
  return decided;
}

/** Total variation distance of the class probabilities of one row, 0 to 1: half the sum of absolute differences. */
export function classDistance(one: Float64Array, other: Float64Array, row: number, columns: number): number {
  let sum = 0;
  for (let at = row * columns; at < (row + 1) * columns; at++) sum += Math.abs((one[at] ?? 0) - (other[at] ?? 0));
  return Math.min(1, sum / 2);
}
