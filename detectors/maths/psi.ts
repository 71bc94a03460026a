import { sum } from 'simple-statistics';

/** Shares are floored here, or at half a record of their side where that is more: an empty group is not an infinite shift. */
const FLOOR = 1e-4;

/** What the population stability index of two counts over the same groups is, and where it comes from. */
export interface StabilityIndex {
  readonly value: number;
  /** Groups that either side has records in. */
  readonly groups: number;
  /** The group that adds most. */
  readonly worst: number;
}

/**
 * Population stability index: sum of (c - r) ln(c / r) over the groups, c and r being the shares of window and
 * reference. Groups that are empty on both sides add nothing.
 */
export function stabilityIndex(reference: readonly number[], window: readonly number[]): StabilityIndex {
  const [referenceTotal, windowTotal] = [sum([...reference]), sum([...window])];
  const referenceFloor = Math.max(FLOOR, 0.5 / referenceTotal);
  const windowFloor = Math.max(FLOOR, 0.5 / windowTotal);
  let [value, groups, worst, most] = [0, 0, 0, -1];
  for (const [group, count] of reference.entries()) {
    const other = window[group] ?? 0;
    if (count === 0 && other === 0) continue;
    const expected = Math.max(count / referenceTotal, referenceFloor);
    const observed = Math.max(other / windowTotal, windowFloor);
    const added = (observed - expected) * Math.log(observed / expected);
    value += added;
    groups++;
    if (added > most) [worst, most] = [group, added];
  }
  return { value, groups, worst };
}
