import { createHash } from 'node:crypto';
import type { Alert, AlertState, Finding } from '../../detectors/terms.ts';
import { isOutdated } from './newest-evidence.ts';
import { nextState, type Patience } from './next-state.ts';
import { sayTime } from './say-alert.ts';
import type { Severity } from './severity.ts';

/** What people were told last of an alert. */
export interface Told {
  readonly state: 'firing' | 'resolved';
  /** When the alert came into that state. */
  readonly since: number;
  /** When the message was made; a repeat counts. */
  readonly at: number;
  /** The worst that this incident was told as; missing in what an earlier Serin stored. */
  readonly severity?: Severity;
}

export interface Feedback {
  readonly verdict: 'real' | 'false';
  readonly by: string;
  readonly note: string;
  readonly at: number;
}

/** An alert as stored: with the finding that it goes by, what people were told, and what they answered. */
export interface AlertRecord extends Alert {
  /** The newest finding that had enough data. */
  readonly evidence: Finding;
  /** Since when the evidence has said the same without a break. */
  readonly judgedSince: number;
  readonly told: Told | null;
  /** What people said of it, the newest last; kept over incidents. */
  readonly feedback: readonly Feedback[];
}

/** The thing that an alert is about. The version is not part of it: a rollout neither doubles nor resurrects an alert. */
export type Identity = Pick<Finding, 'model' | 'detector' | 'slice' | 'subject'>;

/** The same for the same thing, for ever. */
export function alertId({ model, detector, slice, subject }: Identity): string {
  return createHash('sha256')
    .update(JSON.stringify([model, detector, slice, subject]))
    .digest('hex')
    .slice(0, 24);
}

/** An alert of which nothing is known but that it is not active. */
export function inactiveAlert(finding: Finding, now: number): AlertRecord {
  const { model, version, slice, detector, subject, reason, statistic, limit } = finding;
  return {
    id: alertId(finding),
    model,
    version,
    slice,
    detector,
    subject,
    reason,
    statistic,
    limit,
    state: 'inactive',
    finding: finding.id,
    since: finding.window.from,
    changedAt: now,
    firedAt: null,
    resolvedAt: null,
    acknowledgedBy: null,
    silenced: false,
    delivered: false,
    // A pass of before all time, so that the first fail is a change.
    evidence: { ...finding, state: 'pass', window: { from: -Infinity, to: -Infinity }, judgedAt: -Infinity },
    judgedSince: now,
    told: null,
    feedback: [],
  };
}

/** The alert with newer evidence; an insufficient or outdated finding leaves it as it is. */
export function judge(alert: AlertRecord, finding: Finding, now: number): AlertRecord {
  if (finding.state === 'insufficient' || isOutdated(finding, alert.evidence, now)) return alert;
  const { version, id, reason, statistic, limit } = finding;
  // A clock that was set back counts anew from there.
  const judgedSince = finding.state === alert.evidence.state ? Math.min(alert.judgedSince, now) : now;
  const isRecovering = alert.state === 'firing' && finding.state === 'pass';
  return {
    ...alert,
    version,
    reason: isRecovering ? `it has passed since ${sayTime(judgedSince)}: ${reason}` : reason,
    statistic,
    limit,
    finding: id,
    evidence: finding,
    judgedSince,
  };
}

export interface Step {
  readonly alert: AlertRecord;
  readonly from: AlertState;
  readonly to: AlertState;
}

/** Every state that the alert passes through until it rests, by its evidence and the time. */
export function advance(alert: AlertRecord, now: number, patience: Patience): readonly Step[] {
  const steps: Step[] = [];
  for (let current = alert; ;) {
    const verdict = current.evidence.state === 'fail' ? 'fail' : 'pass';
    const to = nextState(current.state, verdict, now - current.judgedSince, patience);
    if (to === current.state) return steps;
    const from = current.state;
    current = enter(current, to, now);
    steps.push({ alert: current, from, to });
  }
}

function enter(alert: AlertRecord, state: AlertState, now: number): AlertRecord {
  const entered = { ...alert, state, changedAt: now, delivered: false };
  if (state === 'firing') return { ...entered, firedAt: now };
  if (state === 'resolved') return { ...entered, resolvedAt: now };
  if (state === 'inactive') return entered;
  return { ...entered, since: alert.evidence.window.from, firedAt: null, resolvedAt: null, acknowledgedBy: null };
}
