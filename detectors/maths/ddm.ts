import type { Alarm, Folded } from './alarm.ts';

export interface Ddm {
  /** Points before it may fire. */
  readonly minimum: number;
  /** Standard deviations above the least error share at which it fires: 3, and 2 would be a warning. */
  readonly width: number;
}

/**
 * Drift Detection Method (Gama, Medas, Castillo and Rodrigues 2004): the error share plus its standard deviation, against
 * the least that it has been. Finds a rise only.
 * @param values 0 or 1, or the error share of so many cases as `counts` says
 */
export function ddm(values: readonly number[], { minimum, width }: Ddm, counts?: readonly number[]): Folded {
  const alarms: Alarm[] = [];
  const ratios: number[] = [];
  let [points, count, errors] = [0, 0, 0];
  let [least, leastDeviation, leastAt] = [Infinity, Infinity, 0];
  for (const [index, value] of values.entries()) {
    const cases = counts?.[index] ?? 1;
    points++;
    count += cases;
    errors += value * cases;
    const share = count === 0 ? 0 : errors / count;
    const deviation = count === 0 ? 0 : Math.sqrt((share * (1 - share)) / count);
    if (points <= minimum) {
      ratios.push(0);
      continue;
    }
    if (share + deviation <= least + leastDeviation || least === Infinity) {
      [least, leastDeviation, leastAt] = [share, deviation, index + 1];
    }
    const excess = share + deviation - least;
    const ratio = excess <= 0 ? 0 : excess / (width * leastDeviation);
    ratios.push(Number.isFinite(ratio) ? ratio : Number.MAX_VALUE);
    if (!(ratio > 1)) continue;
    alarms.push({ index, onset: Math.min(index, leastAt) });
    [points, count, errors] = [0, 0, 0];
    [least, leastDeviation, leastAt] = [Infinity, Infinity, index + 1];
  }
  return { alarms, ratios };
}
