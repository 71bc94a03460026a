import type { Pairs } from './tally.ts';

/** A prediction on which the two models would decide differently. */
export interface Flip {
  readonly row: number;
  readonly control: number;
  readonly candidate: number;
  readonly stake: number;
}

/**
 * The flips of a page that are dearer than what is kept already, at most `most` each way, dearest first.
 * @param least stakes that a flip to decline, or to approve, must pass
 */
export function dearestFlips(
  { rows, recorded, candidate, stakes }: Pairs,
  thresholds: { readonly control: number; readonly candidate: number },
  most: number,
  least: { readonly toDecline: number; readonly toApprove: number },
): { readonly toDecline: Flip[]; readonly toApprove: Flip[] } {
  const found = { toDecline: [] as Flip[], toApprove: [] as Flip[] };
  for (let row = 0; row < rows; row++) {
    const [control, ours] = [recorded[row] ?? Number.NaN, candidate[row] ?? Number.NaN];
    if (!Number.isFinite(control) || !Number.isFinite(ours)) continue;
    const after = ours >= thresholds.candidate;
    if (control >= thresholds.control === after) continue;
    const way = after ? 'toDecline' : 'toApprove';
    const stake = stakes[row] ?? 0;
    if (stake > least[way]) found[way].push({ row, control, candidate: ours, stake });
  }
  const dearest = (flips: Flip[]): Flip[] => flips.sort((a, b) => b.stake - a.stake || a.row - b.row).slice(0, most);
  return { toDecline: dearest(found.toDecline), toApprove: dearest(found.toApprove) };
}
