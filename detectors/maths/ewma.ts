import type { Alarm, Folded } from './alarm.ts';

export interface Ewma {
  /** Mean and standard deviation of the series when nothing is wrong. */
  readonly mean: number;
  readonly deviation: number;
  /** Weight of the newest point, 0..1: lambda. */
  readonly weight: number;
  /** Width of the control limits in standard deviations of the average: L. */
  readonly width: number;
}

/**
 * EWMA control chart (Roberts 1959; Montgomery, Introduction to Statistical Quality Control, 9.2), with the limits that
 * widen in the first points. The onset is the point after the average was last on the other side of the mean.
 */
export function ewma(values: readonly number[], { mean, deviation, weight, width }: Ewma): Folded {
  const alarms: Alarm[] = [];
  const ratios: number[] = [];
  let [average, since, onset] = [mean, 0, 0];
  for (const [index, value] of values.entries()) {
    const before = average - mean;
    average = weight * value + (1 - weight) * average;
    if (Math.sign(before) !== Math.sign(average - mean)) onset = index;
    since++;
    const spread = deviation * Math.sqrt((weight / (2 - weight)) * (1 - (1 - weight) ** (2 * since)));
    const ratio = Math.abs(average - mean) / (width * spread);
    ratios.push(ratio);
    if (!(ratio > 1)) continue;
    alarms.push({ index, onset });
    [average, since, onset] = [mean, 0, index + 1];
  }
  return { alarms, ratios };
}
