import { sum } from 'simple-statistics';

/** The largest difference between the shares that two counts give one group (L-infinity), and which group it is. */
export function largestDifference(
  reference: readonly number[],
  window: readonly number[],
): { readonly value: number; readonly group: number } {
  const [m, n] = [sum([...reference]), sum([...window])];
  let [value, group] = [0, 0];
  for (const [at, then] of reference.entries()) {
    const difference = Math.abs((window[at] ?? 0) / n - then / m);
    if (difference > value) [value, group] = [difference, at];
  }
  return { value, group };
}
