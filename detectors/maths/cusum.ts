import type { Alarm, Folded } from './alarm.ts';

export interface Cusum {
  /** Mean and standard deviation of the series when nothing is wrong. */
  readonly mean: number;
  readonly deviation: number;
  /** Half the shift to be found, in standard deviations: k. */
  readonly slack: number;
  /** In standard deviations: h. */
  readonly threshold: number;
}

/**
 * Tabular CUSUM, two-sided (Page 1954; Montgomery, Introduction to Statistical Quality Control, 9.1): sums of deviations
 * beyond the slack, never below 0. The onset is the point after the sum was last 0. After an alarm both start at 0.
 */
export function cusum(values: readonly number[], { mean, deviation, slack, threshold }: Cusum): Folded {
  const alarms: Alarm[] = [];
  const ratios: number[] = [];
  let [up, down, upAt, downAt] = [0, 0, 0, 0];
  for (const [index, value] of values.entries()) {
    const standard = (value - mean) / deviation;
    up = Math.max(0, up + standard - slack);
    down = Math.max(0, down - standard - slack);
    if (up === 0) upAt = index + 1;
    if (down === 0) downAt = index + 1;
    const ratio = Math.max(up, down) / threshold;
    ratios.push(ratio);
    if (!(ratio > 1)) continue;
    alarms.push({ index, onset: up >= down ? upAt : downAt });
    [up, down, upAt, downAt] = [0, 0, index + 1, index + 1];
  }
  return { alarms, ratios };
}
