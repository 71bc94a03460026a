import { ALL, type Check, type Guardrail, type Verdict } from '../../detectors/terms.ts';
import { checkEach, isWaitedFor } from './check.ts';
import type { Evidence } from './evidence.ts';

/** Events of each check at an earlier look; the difference to now gives the present rate. */
export interface EarlierLook {
  readonly asOf: number;
  readonly events: number;
  readonly checks: readonly (Pick<Check, 'name' | 'class' | 'slice'> & { readonly events: number })[];
}

/** How the gate computes; inputs of another method cannot be judged again by this one. */
export const GATE_METHOD = 3;

/** All that a verdict rests on: stored with each decision, so that it can be given again. */
export interface GateInputs {
  readonly method: number;
  readonly alpha: number;
  readonly guardrails: readonly Guardrail[];
  readonly minimumEvents: number;
  /** Of the stage. */
  readonly minimumDurationMs: number;
  readonly maximumDurationMs: number;
  /** How many stages share alpha. */
  readonly stages: number;
  readonly largestWeight: number;
  /** When the stage began. */
  readonly openedAt: number;
  readonly asOf: number;
  readonly evidence: Evidence;
  /** Reasons of the open data-quality alerts of the model. */
  readonly qualityFailures: readonly string[];
  readonly earlier: EarlierLook | null;
}

export interface GateAnswer {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly checks: readonly Check[];
  /** Pairs of both sources in the slice of all. */
  readonly events: number;
}

/** From stored inputs to the verdict; the same inputs give the same verdict, today and later. */
export function judge(inputs: GateInputs): GateAnswer {
  return answerOf(inputs, [...checkEach(inputs, inputs.evidence)]);
}

/** The same, a check at a time: `giveWay` is awaited between them, so that others are served meanwhile. */
export async function judgeGivingWay(inputs: GateInputs, giveWay: () => Promise<unknown>): Promise<GateAnswer> {
  const checks: Check[] = [];
  for (const check of checkEach(inputs, inputs.evidence)) {
    checks.push(check);
    await giveWay();
  }
  return answerOf(inputs, checks);
}

function answerOf(inputs: GateInputs, checks: readonly Check[]): GateAnswer {
  const events = eventsOf(inputs.evidence);
  return { ...decide(checks, events, inputs), checks, events };
}

/** Pairs of both sources in the slice of all. */
export function eventsOf({ shadow, live }: Evidence): number {
  return [...shadow, ...live].filter(({ slice }) => slice === ALL).reduce((sum, one) => sum + one.events, 0);
}

/**
 * The rule: bad data -> hold, because nothing measured on it can be trusted; any check harmful -> rollback; all required ones
 * safe, none of the others pointing to harm, enough events and time -> promote; the longest time over -> inconclusive; else hold.
 */
export function decide(
  checks: readonly Check[],
  events: number,
  inputs: Omit<GateInputs, 'evidence' | 'alpha' | 'method' | 'stages' | 'largestWeight'>,
): Pick<GateAnswer, 'verdict' | 'reasons'> {
  const guardrailOf = new Map<string, Guardrail>(inputs.guardrails.map((one) => [keyOf(one), one]));
  const open = checks.filter((check) => {
    const guardrail = guardrailOf.get(keyOf(check));
    return (
      (check.state === 'undecided' || check.state === 'insufficient') &&
      (guardrail === undefined || isWaitedFor(guardrail, check))
    );
  });
  const early = inputs.minimumDurationMs - (inputs.asOf - inputs.openedAt);
  const harmful = checks.filter(({ state }) => state === 'harmful').map(({ reason }) => reason);
  const bad = inputs.qualityFailures.map((reason) => `data quality: ${reason}`);
  const missing = inputs.minimumEvents - events;
  if (bad.length === 0) {
    if (harmful.length > 0) return { verdict: 'rollback', reasons: harmful };
    const safe = checks.filter(({ state }) => state === 'safe');
    if (open.length === 0 && safe.length > 0 && missing <= 0 && early <= 0)
      return { verdict: 'promote', reasons: [allSafe(safe, checks.length, events, inputs.minimumEvents)] };
  }
  const waiting = [
    ...bad,
    ...harmful,
    ...(missing > 0 ? [tooFew(events, inputs.minimumEvents) + when(missing, rateOf(events, null, inputs))] : []),
    ...(early > 0 ? [`at least ${length(inputs.minimumDurationMs)} are asked for; ${length(early)} more needed`] : []),
    ...open.map((check) => check.reason + when(check.eventsNeeded, rateOf(check.events, check, inputs))),
  ];
  if (inputs.asOf - inputs.openedAt < inputs.maximumDurationMs) return { verdict: 'hold', reasons: waiting };
  const over = `the longest time of ${length(inputs.maximumDurationMs)} is over without a decision`;
  return { verdict: 'inconclusive', reasons: [over, ...waiting] };
}

/** What tells a guardrail from others: its name, and the class that it is about. */
function keyOf({ name, class: ofClass }: Pick<Check, 'name' | 'class'>): string {
  return ofClass === undefined ? name : `${name} ${ofClass}`;
}

function allSafe(safe: readonly Check[], count: number, events: number, minimum: number): string {
  const names = [...new Set(safe.map(keyOf))].join(', ');
  const all = safe.length === count ? `all ${count}` : `${safe.length} of ${count}`;
  const others =
    safe.length === count ? '' : '; a promotion does not wait for the others, none of which points to harm';
  return `${all} checks are safe (${names}) after ${whole(events)} events, at least ${whole(minimum)} were asked for${others}`;
}

function tooFew(events: number, minimum: number): string {
  return `${whole(events)} of at least ${whole(minimum)} events; ${whole(minimum - events)} more needed`;
}

/** Events a millisecond since the earlier look; 0 when there was none. */
function rateOf(events: number, check: Check | null, { earlier, asOf }: Pick<GateInputs, 'earlier' | 'asOf'>): number {
  if (earlier === null || asOf <= earlier.asOf) return 0;
  const before =
    check === null
      ? earlier.events
      : earlier.checks.find((one) => keyOf(one) === keyOf(check) && one.slice === check.slice)?.events;
  return before === undefined ? 0 : Math.max(0, events - before) / (asOf - earlier.asOf);
}

function when(needed: number | null, ratePerMs: number): string {
  return needed === null || ratePerMs <= 0 ? '' : `, in about ${length(needed / ratePerMs)} at the present rate`;
}

/** A length of time in the largest unit that gives at least one and a half of it. */
function length(milliseconds: number): string {
  const units = [
    ['days', 86_400_000],
    ['hours', 3_600_000],
    ['minutes', 60_000],
  ] as const;
  const [name, size] = units.find(([, unit]) => milliseconds >= 1.5 * unit) ?? (['seconds', 1000] as const);
  const rounded = Math.max(1, Math.round(milliseconds / size));
  return `${rounded} ${rounded === 1 ? name.slice(0, -1) : name}`;
}

function whole(events: number): string {
  return events.toLocaleString('en-US');
}
