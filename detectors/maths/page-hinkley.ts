import type { Alarm, Folded } from './alarm.ts';

export interface PageHinkley {
  /** Points before it may fire. */
  readonly minimum: number;
  /** Deviation from the mean that is no change, in the units of the series. */
  readonly delta: number;
  /** Lambda. */
  readonly threshold: number;
  /** What a point keeps of the sum of the earlier ones, per point. */
  readonly keep: number;
}

/**
 * Page-Hinkley test, two-sided: the fading sum of deviations from the running mean, less `delta` (plus it, for a fall),
 * against its own smallest (largest) value (Page 1954; the two sums as in River). After an alarm it starts anew.
 */
export function pageHinkley(values: readonly number[], { minimum, delta, threshold, keep }: PageHinkley): Folded {
  const alarms: Alarm[] = [];
  const ratios: number[] = [];
  let [count, mean, up, down] = [0, 0, 0, 0];
  let [least, most, leastAt, mostAt] = [Infinity, -1, 0, 0];
  for (const [index, value] of values.entries()) {
    mean += (value - mean) / ++count;
    const deviation = value - mean;
    up = keep * up + deviation - delta;
    down = keep * down + deviation + delta;
    if (up < least) [least, leastAt] = [up, index + 1];
    if (down > most) [most, mostAt] = [down, index + 1];
    const [rise, fall] = [up - least, most - down];
    const ratio = count < minimum ? 0 : Math.max(rise, fall) / threshold;
    ratios.push(ratio);
    if (!(ratio > 1)) continue;
    alarms.push({ index, onset: Math.min(index, rise >= fall ? leastAt : mostAt) });
    [count, mean, up, down] = [0, 0, 0, 0];
    [least, most, leastAt, mostAt] = [Infinity, -1, index + 1, index + 1];
  }
  return { alarms, ratios };
}
