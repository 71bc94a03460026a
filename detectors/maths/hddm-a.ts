import type { Alarm, Folded } from './alarm.ts';

export interface HddmA {
  /** Chance of a false alarm at a point, by Hoeffding's bound. */
  readonly chance: number;
  /** Whether a fall counts too. */
  readonly twoSided: boolean;
}

/** A mean and the number of cases behind it. */
interface Part {
  readonly count: number;
  readonly mean: number;
  readonly at: number;
}

/**
 * HDDM-A (Frias-Blanco and others 2015): the mean of all against the mean up to the cut where it was surely lowest
 * (highest), by Hoeffding's bound. Values lie in 0..1.
 * @param counts cases behind each value; 1 each without it
 */
export function hddmA(values: readonly number[], { chance, twoSided }: HddmA, counts?: readonly number[]): Folded {
  const alarms: Alarm[] = [];
  const ratios: number[] = [];
  const bound = (count: number): number => Math.sqrt(Math.log(1 / chance) / (2 * count));
  let all: Part = { count: 0, mean: 0, at: 0 };
  let [lowest, highest] = [all, all];
  for (const [index, value] of values.entries()) {
    const cases = counts?.[index] ?? 1;
    const count = all.count + cases;
    all = { count, mean: count === 0 ? 0 : all.mean + ((value - all.mean) * cases) / count, at: index + 1 };
    const reach = bound(count);
    if (lowest.count === 0 || lowest.mean + bound(lowest.count) >= all.mean + reach) lowest = all;
    if (highest.count === 0 || highest.mean - bound(highest.count) <= all.mean - reach) highest = all;
    const rise = excess(all.mean - lowest.mean, lowest, all, chance);
    const fall = twoSided ? excess(highest.mean - all.mean, highest, all, chance) : 0;
    const ratio = Math.max(rise, fall);
    ratios.push(ratio);
    if (!(ratio >= 1)) continue;
    alarms.push({ index, onset: Math.min(index, (rise >= fall ? lowest : highest).at) });
    all = { count: 0, mean: 0, at: index + 1 };
    [lowest, highest] = [all, all];
  }
  return { alarms, ratios };
}

function excess(difference: number, cut: Part, all: Part, chance: number): number {
  if (cut.count === all.count || difference <= 0) return 0;
  const scatter = (all.count - cut.count) / (cut.count * all.count);
  return difference / Math.sqrt((scatter / 2) * Math.log(2 / chance));
}
