import type { AgeGroup } from '../terms.ts';

/** Share of all predictions whose label has come by an age, by what it says. */
export interface ArrivalPoint {
  /** Milliseconds. */
  readonly age: number;
  readonly positives: number;
  readonly others: number;
}

/** Fewest predictions that were still waited for when a share of them is told. */
const FEWEST_WAITING = 30;

/**
 * How the labels of a group of predictions arrived: cumulative incidence of each kind of label by age, with predictions that
 * are still young counted for as long as they were waited for (Kaplan and Meier 1958 for any label; Aalen and Johansen 1978
 * for each kind). It ends where fewer than 30 predictions were waited for.
 */
export function labelArrival(groups: readonly AgeGroup[]): ArrivalPoint[] {
  let waiting = groups.reduce((sum, group) => sum + group.waiting + group.positives + group.others, 0);
  let [unlabelled, positives, others] = [1, 0, 0];
  const points: ArrivalPoint[] = [];
  for (const [at, group] of groups.entries()) {
    if (waiting < FEWEST_WAITING) break;
    const came = group.positives + group.others;
    positives += (unlabelled * group.positives) / waiting;
    others += (unlabelled * group.others) / waiting;
    unlabelled *= 1 - came / waiting;
    waiting -= came + group.waiting;
    // The last group is open at its end: what comes there comes as soon as it begins.
    points.push({ age: groups[at + 1]?.age ?? group.age, positives, others });
  }
  return points;
}

/** The curve at an age, linear between its points, from 0 at 0; its last value beyond the end. */
export function arrivedBy(curve: readonly ArrivalPoint[], age: number): { positives: number; others: number } {
  let before: ArrivalPoint = { age: 0, positives: 0, others: 0 };
  for (const point of curve) {
    if (point.age > age) {
      const part = point.age > before.age ? Math.max(0, age - before.age) / (point.age - before.age) : 1;
      return {
        positives: before.positives + part * (point.positives - before.positives),
        others: before.others + part * (point.others - before.others),
      };
    }
    before = point;
  }
  return { positives: before.positives, others: before.others };
}

/** Of the labels that come at all, the share that has come by this age; NaN where none ever came. */
export function shareArrived(curve: readonly ArrivalPoint[], age: number): { positives: number; others: number } {
  const end = curve.at(-1) ?? { positives: 0, others: 0 };
  const now = arrivedBy(curve, age);
  return { positives: now.positives / end.positives, others: now.others / end.others };
}
