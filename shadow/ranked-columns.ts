import type { ColumnRange } from './seeded-draws.ts';

/**
 * The rows with some columns taken from the row of the reference that stands at the same rank by them, all other columns as they
 * were. Where those columns are spread as in the reference nothing changes but for noise, whatever goes with them. Rows that
 * are alike in them are ranked by chance.
 */
export function withRankedColumns(
  rows: Float32Array,
  reference: Float32Array,
  width: number,
  columns: readonly ColumnRange[],
  random: () => number,
): Float32Array {
  const places = shuffled(rows.length / width, random);
  const order = places.sort(byColumns(rows, width, columns));
  const donors = Array.from({ length: reference.length / width }, (_, row) => row);
  donors.sort(byColumns(reference, width, columns));
  const changed = rows.slice();
  for (const [rank, row] of order.entries()) {
    const donor = donors[Math.floor(((rank + 0.5) / order.length) * donors.length)] ?? 0;
    for (const { from, to } of columns)
      for (let column = from; column < to; column++)
        changed[row * width + column] = reference[donor * width + column] ?? 0;
  }
  return changed;
}

/** Numbers from 0 to below `count` in an order of chance: Fisher and Yates. */
export function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, place) => place);
  for (let place = count - 1; place > 0; place--) {
    const other = Math.floor(random() * (place + 1));
    [order[place], order[other]] = [order[other] ?? 0, order[place] ?? 0];
  }
  return order;
}

/** Rows in ascending order of the first column that differs. */
function byColumns(matrix: Float32Array, width: number, columns: readonly ColumnRange[]) {
  return (one: number, other: number): number => {
    for (const { from, to } of columns)
      for (let column = from; column < to; column++) {
        const difference = (matrix[one * width + column] ?? 0) - (matrix[other * width + column] ?? 0);
        if (difference !== 0) return difference;
      }
    return 0;
  };
}
