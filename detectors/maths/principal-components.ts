/** What a reconstruction needs: centre and scale of each column, and the components, row-major, largest first. */
export interface Components {
  readonly centre: Float64Array;
  readonly scale: Float64Array;
  readonly axes: Float64Array;
  readonly count: number;
}

const SWEEPS = 12;

/**
 * Principal components of row-major rows whose columns are brought to one scale; a missing number counts as the mean. As
 * many as explain `explained` of the variance (Pearson 1901), by Jacobi's rotations.
 */
export function principalComponents(
  values: Float32Array,
  rows: number,
  columns: number,
  explained: number,
): Components {
  const [centre, scale] = [new Float64Array(columns), new Float64Array(columns)];
  for (let column = 0; column < columns; column++) {
    let [count, mean, squares] = [0, 0, 0];
    for (let row = 0; row < rows; row++) {
      const value = values[row * columns + column] ?? NaN;
      if (Number.isNaN(value)) continue;
      const before = mean;
      mean += (value - mean) / ++count;
      squares += (value - before) * (value - mean);
    }
    centre[column] = mean;
    scale[column] = Math.sqrt(squares / Math.max(1, count));
  }
  const covariance = new Float64Array(columns * columns);
  for (let row = 0; row < rows; row++) {
    const standard = standardRow(values, row, centre, scale);
    for (let one = 0; one < columns; one++) {
      for (let other = one; other < columns; other++) {
        const at = one * columns + other;
        covariance[at] = (covariance[at] ?? 0) + ((standard[one] ?? 0) * (standard[other] ?? 0)) / rows;
      }
    }
  }
  for (let one = 0; one < columns; one++)
    for (let other = 0; other < one; other++)
      covariance[one * columns + other] = covariance[other * columns + one] ?? 0;
  const { lengths, axes } = eigen(covariance, columns);
  const order = [...lengths.keys()].sort((one, other) => (lengths[other] ?? 0) - (lengths[one] ?? 0));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let [count, reached] = [0, 0];
  while (count < columns && reached < explained * total) reached += lengths[order[count++] ?? 0] ?? 0;
  const kept = order
    .slice(0, count)
    .flatMap((axis) => Array.from({ length: columns }, (_, at) => axes[at * columns + axis] ?? 0));
  return { centre, scale, axes: Float64Array.from(kept), count };
}

/** Distance of one row from what the components make of it, in scales of the columns. */
export function reconstructionError(
  values: Float32Array,
  row: number,
  { centre, scale, axes, count }: Components,
): number {
  const standard = standardRow(values, row, centre, scale);
  let left = 0;
  for (const value of standard) left += value * value;
  for (let axis = 0; axis < count; axis++) {
    let along = 0;
    for (let at = 0; at < standard.length; at++)
      along += (standard[at] ?? 0) * (axes[axis * standard.length + at] ?? 0);
    left -= along * along;
  }
  return Math.sqrt(Math.max(0, left));
}

/** Beyond so many deviations a number counts as that far away: one outlier is no direction. */
const FARTHEST = 5;

function standardRow(values: Float32Array, row: number, centre: Float64Array, scale: Float64Array): Float64Array {
  return centre.map((mean, column) => {
    const value = values[row * centre.length + column] ?? NaN;
    const by = scale[column] ?? 0;
    if (Number.isNaN(value)) return 0;
    const standard = by === 0 ? (value === mean ? 0 : FARTHEST * Math.sign(value - mean)) : (value - mean) / by;
    return Math.min(FARTHEST, Math.max(-FARTHEST, standard));
  });
}

/** Eigenvalues and eigenvectors (in columns) of a symmetric matrix, by cyclic rotations (Jacobi 1846). */
function eigen(matrix: Float64Array, size: number): { readonly lengths: Float64Array; readonly axes: Float64Array } {
  const a = Float64Array.from(matrix);
  const axes = Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        const apq = a[p * size + q] ?? 0;
        if (Math.abs(apq) < 1e-14) continue;
        const theta = ((a[q * size + q] ?? 0) - (a[p * size + p] ?? 0)) / (2 * apq);
        const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const cosine = 1 / Math.sqrt(tangent * tangent + 1);
        rotate(a, size, p, q, cosine, tangent * cosine, true);
        rotate(a, size, p, q, cosine, tangent * cosine, false);
        rotate(axes, size, p, q, cosine, tangent * cosine, true);
      }
    }
  }
  return { lengths: Float64Array.from({ length: size }, (_, at) => a[at * size + at] ?? 0), axes };
}

/** Turns two columns, or two rows, into one another. */
function rotate(
  a: Float64Array,
  size: number,
  p: number,
  q: number,
  cosine: number,
  sine: number,
  columns: boolean,
): void {
  for (let k = 0; k < size; k++) {
    const [one, other] = columns ? [k * size + p, k * size + q] : [p * size + k, q * size + k];
    const [x, y] = [a[one] ?? 0, a[other] ?? 0];
    a[one] = cosine * x - sine * y;
    a[other] = sine * x + cosine * y;
  }
}
