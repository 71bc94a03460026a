import type { Alarm, Folded } from './alarm.ts';

export interface HddmW {
  /** Chance of a false alarm at a point, by McDiarmid's bound. */
  readonly chance: number;
  /** Weight of the newest point. */
  readonly weight: number;
  /** Whether a fall counts too. */
  readonly twoSided: boolean;
}

/** A weighted mean; `squares` is the sum of the squared weights of all cases, which the bound depends on. */
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
}

/** A point: the share, and the cases that it is of. */
interface Point {
  readonly value: number;
  readonly cases: number;
}

const NONE: Average = { mean: 0, squares: 1, points: 0 };
const START: Cut = { bound: Infinity, before: NONE, after: NONE };

/**
 * HDDM-W (Frias-Blanco and others 2015): weighted means before and after a cut, by McDiarmid's bound. Values lie in 0..1.
 * The weight of a point is shared by its cases, so a point of 200 may differ as little from the others as 200 cases let it.
 * @param counts cases behind each value; 1 each without it
 */
export function hddmW(
  values: readonly number[],
  { chance, weight, twoSided }: HddmW,
  counts?: readonly number[],
): Folded {
  const alarms: Alarm[] = [];
  const ratios: number[] = [];
  const bound = (squares: number): number => Math.sqrt((squares * Math.log(1 / chance)) / 2);
  const excess = (one: Average, other: Average): number =>
    one.points === 0 || other.points === 0 ? 0 : (other.mean - one.mean) / bound(one.squares + other.squares);
  let [first, all, low, high] = [0, NONE, START, START];
  for (const [index, value] of values.entries()) {
    const point = { value, cases: counts?.[index] ?? 1 };
    if (point.cases > 0) {
      all = next(all, point, weight);
      low = moved(low, all, point, all.mean + bound(all.squares), weight);
      high = moved(high, all, point, bound(all.squares) - all.mean, weight);
    }
    const rise = excess(low.before, low.after);
    const fall = twoSided ? excess(high.after, high.before) : 0;
    const ratio = Math.max(0, rise, fall);
    ratios.push(ratio);
    if (!(ratio > 1)) continue;
    alarms.push({ index, onset: onsetOf(values, counts, first, index, rise >= fall ? 1 : -1) });
    [first, all, low, high] = [index + 1, NONE, START, START];
  }
  return { alarms, ratios };
}

/** The cut moves to the newest point where that bounds the mean more sharply; else the point counts after it. */
function moved(cut: Cut, all: Average, point: Point, bound: number, weight: number): Cut {
  if (bound < cut.bound) return { bound, before: all, after: NONE };
  return { ...cut, after: next(cut.after, point, weight) };
}

/** The first point begins with all of the weight of its cases, as in River. */
function next({ mean, squares, points }: Average, { value, cases }: Point, weight: number): Average {
  return {
    mean: points === 0 ? value : mean + weight * (value - mean),
    squares: weight ** 2 / cases + (1 - weight) ** 2 * (points === 0 ? 1 / cases : squares),
    points: points + 1,
  };
}

/**
 * Where the change began: the cut of the points since the last alarm whose two sides differ most for their cases (least
 * squares). The cut of the test is no answer: it lies where the weighted mean was lowest, however long before.
 */
function onsetOf(
  values: readonly number[],
  counts: readonly number[] | undefined,
  first: number,
  last: number,
  sign: 1 | -1,
): number {
  let [cases, sum] = [0, 0];
  for (let at = first; at <= last; at++) {
    const count = counts?.[at] ?? 1;
    cases += count;
    sum += count * (values[at] ?? 0);
  }
  let [onset, most, casesBefore, sumBefore] = [last, 0, 0, 0];
  for (let at = first; at < last; at++) {
    const count = counts?.[at] ?? 1;
    casesBefore += count;
    sumBefore += count * (values[at] ?? 0);
    const [one, other] = [casesBefore, cases - casesBefore];
    const apart = sign * ((sum - sumBefore) / other - sumBefore / one) * Math.sqrt(one * other);
    if (apart > most) [onset, most] = [at + 1, apart];
  }
  return onset;
}
