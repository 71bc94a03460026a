import type { Check } from '../../../daemon/api/contract.ts';

/** The checks of one guardrail: those to look at, and the slices that can wait, each in order of how much they matter. */
export interface CheckGroup {
  readonly name: string;
  /** The class that the guardrail is about, where it is about one. */
  readonly class?: string | undefined;
  readonly shown: readonly Check[];
  readonly folded: readonly Check[];
}

/** From here on a check points to harm, and a promotion waits for it although it is not required. */
const POINTS_TO_HARM = 4;

const RANKS: Readonly<Record<Check['state'], number>> = { harmful: 0, undecided: 2, insufficient: 3, safe: 4 };

/** The checks by guardrail, the worst guardrail first. All traffic is always shown, and whatever is or points to harm. */
export function groupChecks(checks: readonly Check[]): CheckGroup[] {
  const byGuardrail = new Map<string, Check[]>();
  for (const check of checks) {
    const key = JSON.stringify([check.name, check.class]);
    byGuardrail.set(key, [...(byGuardrail.get(key) ?? []), check]);
  }
  const groups = [...byGuardrail.values()].map((all): CheckGroup => {
    const { name = '', class: ofClass } = all[0] ?? {};
    const sorted = all.toSorted(byWorst);
    const shown = sorted.filter((check) => check.slice === 'all' || rankOf(check) <= 1);
    // A guardrail without all traffic is known by its worst slice.
    const known = shown.length > 0 ? shown : sorted.slice(0, 1);
    return { name, class: ofClass, shown: known, folded: sorted.filter((check) => !known.includes(check)) };
  });
  return groups.toSorted((one, other) => byWorst(one.shown[0]!, other.shown[0]!));
}

/** How many of them are in each state: "8 safe, 3 insufficient". */
export function countStates(checks: readonly Check[]): string {
  const counts = new Map<string, number>();
  for (const { state } of checks) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

function byWorst(one: Check, other: Check): number {
  return rankOf(one) - rankOf(other) || Number(other.slice === 'all') - Number(one.slice === 'all');
}

function rankOf({ state, e_value: evidence }: Check): number {
  return state !== 'harmful' && (evidence ?? 0) >= POINTS_TO_HARM ? 1 : RANKS[state];
}
