import { decidedClass } from './class-columns.ts';
import type { ClassPairs } from './class-tally.ts';
import type { Least } from './flip-examples.ts';

/** A prediction that the two models put into different classes, with the score that each gives the class it decides. */
export interface ClassFlip {
  readonly row: number;
  /** Places of the classes. */
  readonly from: number;
  readonly to: number;
  readonly control: number;
  readonly candidate: number;
  readonly stake: number;
  readonly at: number;
}

/**
 * The flips of a page that are dearer than what is kept already, at most `most`, dearest first.
 * @param timestamps when each was made, Unix milliseconds
 * @param columns classes that are compared
 */
export function dearestClassFlips(
  { rows, recorded, candidate, stakes }: ClassPairs,
  timestamps: BigInt64Array,
  columns: number,
  most: number,
  least: Least,
): ClassFlip[] {
  const found: ClassFlip[] = [];
  for (let row = 0; row < rows; row++) {
    const [from, to] = [decidedClass(recorded, row, columns), decidedClass(candidate, row, columns)];
    if (from < 0 || to < 0 || from === to) continue;
    const [stake, at] = [stakes[row] ?? 0, Number(timestamps[row] ?? 0n)];
    if (stake < least.stake || (stake === least.stake && at > least.at)) continue;
    const [control, ours] = [recorded[row * columns + from] ?? 0, candidate[row * columns + to] ?? 0];
    found.push({ row, from, to, control, candidate: ours, stake, at });
  }
  return found.sort((a, b) => b.stake - a.stake || a.at - b.at || a.row - b.row).slice(0, most);
}
