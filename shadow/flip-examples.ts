import type { Pairs } from './tally.ts';

/** A prediction on which the two models would decide differently. */
export interface Flip {
  readonly row: number;
  readonly control: number;
  readonly candidate: number;
  readonly stake: number;
  readonly at: number;
}

/** What a flip must pass to be kept: more at stake, or as much and not later. */
export interface Least {
  readonly stake: number;
  readonly at: number;
}
export const ANY: Least = { stake: -1, at: Infinity };

/**
 * The flips of a page that are dearer than what is kept already, at most `most` each way, dearest first.
 * @param timestamps when each was made, Unix milliseconds
 * @param least what a flip to decline, or to approve, must pass
 */
export function dearestFlips(
  { rows, recorded, candidate, stakes }: Pairs,
  timestamps: BigInt64Array,
  thresholds: { readonly control: number; readonly candidate: number },
  most: number,
  least: { readonly toDecline: Least; readonly toApprove: Least },
): { readonly toDecline: Flip[]; readonly toApprove: Flip[] } {
  const found = { toDecline: [] as Flip[], toApprove: [] as Flip[] };
  for (let row = 0; row < rows; row++) {
    const [control, ours] = [recorded[row] ?? Number.NaN, candidate[row] ?? Number.NaN];
    if (!Number.isFinite(control) || !Number.isFinite(ours)) continue;
    const after = ours >= thresholds.candidate;
    if (control >= thresholds.control === after) continue;
    const way = after ? 'toDecline' : 'toApprove';
    const stake = stakes[row] ?? 0;
    if (stake < least[way].stake) continue;
    const at = Number(timestamps[row] ?? 0n);
    if (stake > least[way].stake || at <= least[way].at) found[way].push({ row, control, candidate: ours, stake, at });
  }
  const dearest = (flips: Flip[]): Flip[] =>
    flips.sort((a, b) => b.stake - a.stake || a.at - b.at || a.row - b.row).slice(0, most);
  return { toDecline: dearest(found.toDecline), toApprove: dearest(found.toApprove) };
}
