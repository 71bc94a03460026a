import type { Decision } from '../../../daemon/api/contract.ts';
import type { Look } from '../../charts/look.ts';

export interface Evidence {
  readonly name: string;
  readonly slice: string;
  readonly looks: readonly Look[];
}

/** A picture has room for no more looks than this. */
const MOST_LOOKS = 300;

/** What each check said from decision to decision, ascending in time; the newest decision is always among them. */
export function evidenceOf(decisions: readonly Decision[]): Evidence[] {
  const every = Math.max(1, Math.ceil(decisions.length / MOST_LOOKS));
  const kept = decisions.filter((_, i) => (decisions.length - 1 - i) % every === 0);
  const byCheck = new Map<string, { name: string; slice: string; looks: Look[] }>();
  for (const decision of kept) {
    for (const check of decision.checks) {
      const key = JSON.stringify([check.name, check.slice]);
      const evidence = byCheck.get(key) ?? { name: check.name, slice: check.slice, looks: [] };
      evidence.looks.push({ at: Date.parse(decision.as_of), check });
      byCheck.set(key, evidence);
    }
  }
  return [...byCheck.values()].filter(({ looks }) => looks.some(({ check }) => check.interval !== null));
}
