import type { Alarm, Folded } from './alarm.ts';

export interface HddmW {
  /** Chance of a false alarm at a point, by McDiarmid's bound. */
  readonly chance: number;
  /** Weight of the newest point. */
  readonly weight: number;
  /** Whether a fall counts too. */
  readonly twoSided: boolean;
}

/** A weighted mean; `squares` is the sum of the squared weights, which the bound depends on. */
interface Average {
  readonly mean: number;
  readonly squares: number;
  readonly points: number;
}

/** The mean up to the cut where it was surely lowest (highest), and the mean since. */
interface Cut {
  readonly bound: number;
  readonly before: Average;
  readonly after: Average;
  readonly at: number;
}

const NONE: Average = { mean: 0, squares: 1, points: 0 };

/** HDDM-W (Frias-Blanco and others 2015): weighted means before and after a cut, by McDiarmid's bound. Values lie in 0..1. */
export function hddmW(values: readonly number[], { chance, weight, twoSided }: HddmW): Folded {
  const alarms: Alarm[] = [];
  const ratios: number[] = [];
  const bound = (squares: number): number => Math.sqrt((squares * Math.log(1 / chance)) / 2);
  const excess = (one: Average, other: Average): number =>
    one.points === 0 || other.points === 0 ? 0 : (other.mean - one.mean) / bound(one.squares + other.squares);
  const start = (at: number): Cut => ({ bound: Infinity, before: NONE, after: NONE, at });
  let [all, low, high] = [NONE, start(0), start(0)];
  for (const [index, value] of values.entries()) {
    all = next(all, value, weight);
    low = moved(low, all, value, all.mean + bound(all.squares), weight, index);
    high = moved(high, all, value, bound(all.squares) - all.mean, weight, index);
    const rise = excess(low.before, low.after);
    const fall = twoSided ? excess(high.after, high.before) : 0;
    const ratio = Math.max(0, rise, fall);
    ratios.push(ratio);
    if (!(ratio > 1)) continue;
    alarms.push({ index, onset: Math.min(index, (rise >= fall ? low : high).at) });
    [all, low, high] = [NONE, start(index + 1), start(index + 1)];
  }
  return { alarms, ratios };
}

/** The cut moves to the newest point where that bounds the mean more sharply; else the point counts after it. */
function moved(cut: Cut, all: Average, value: number, bound: number, weight: number, index: number): Cut {
  if (bound < cut.bound) return { bound, before: all, after: NONE, at: index + 1 };
  return { ...cut, after: next(cut.after, value, weight) };
}

function next({ mean, squares, points }: Average, value: number, weight: number): Average {
  return {
    mean: points === 0 ? value : mean + weight * (value - mean),
    squares: weight ** 2 + (1 - weight) ** 2 * squares,
    points: points + 1,
  };
}
