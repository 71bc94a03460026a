import type { Silence } from '../../detectors/terms.ts';
import type { AlertRecord } from './alert-record.ts';
import { severityOf, type Severity } from './severity.ts';

/** One thing that people have not been told. */
export interface News {
  readonly alert: AlertRecord;
  readonly kind: 'firing' | 'repeat' | 'resolved';
  /** The same for the same change, for ever: nothing with a known key is told again. */
  readonly key: string;
  /** Since when it could have been told. */
  readonly at: number;
}

export interface Rhythm {
  readonly group_wait: number;
  readonly group_interval: number;
  readonly repeat: number;
}

/**
 * What people must still be told of an alert: that it fires, that it still fires after `repeat` without an
 * acknowledgement, that what was told as a ticket wants somebody now, or that it is over where they had been told. What
 * fired and ended unheard is not told.
 */
export function newsOf(alert: AlertRecord, now: number, repeatMs: number): News | undefined {
  const { id, told, firedAt } = alert;
  if (alert.silenced) return undefined;
  if (alert.state === 'firing' && firedAt !== null) {
    if (told?.state !== 'firing' || told.since !== firedAt)
      return { alert, kind: 'firing', key: `${id}/firing/${firedAt}`, at: firedAt };
    if (told.severity === 'ticket' && severityOf(alert.evidence) === 'page')
      return { alert, kind: 'firing', key: `${id}/page/${firedAt}`, at: alert.evidence.judgedAt };
    if (now - told.at < repeatMs || alert.acknowledgedBy !== null) return undefined;
    return repetition(alert, told.at + repeatMs);
  }
  if (alert.state === 'pending' || told?.state !== 'firing') return undefined;
  return { alert, kind: 'resolved', key: `${id}/resolved/${told.since}`, at: alert.changedAt };
}

/**
 * What to tell now of the open alerts of one model, in one message; empty while it is too early: the first news waits
 * `group_wait` for more, and two messages are at least `group_interval` apart. One repetition that is due takes the
 * others along, so that they stay together.
 * @param lastToldAt when the newest message about the model was made, if ever
 */
export function newsOfModel(
  alerts: readonly AlertRecord[],
  lastToldAt: number | undefined,
  now: number,
  rhythm: Rhythm,
): readonly News[] {
  const news = alerts.flatMap((alert) => newsOf(alert, now, rhythm.repeat) ?? []);
  if (news.length === 0) return [];
  const first = Math.min(...news.map((one) => one.at));
  if (now < Math.max(first + rhythm.group_wait, (lastToldAt ?? -Infinity) + rhythm.group_interval)) return [];
  if (!news.some((one) => one.kind === 'repeat')) return news;
  const others = alerts.filter(
    (alert) =>
      alert.state === 'firing' &&
      !alert.silenced &&
      alert.acknowledgedBy === null &&
      !news.some((one) => one.alert.id === alert.id),
  );
  return [...news, ...others.map((alert) => repetition(alert, now))];
}

/** The alert once its news is in a message made at `now`. */
export function asTold({ alert, kind }: News, now: number): AlertRecord {
  const state = kind === 'resolved' ? 'resolved' : 'firing';
  const since = (state === 'firing' ? alert.firedAt : alert.told?.since) ?? alert.changedAt;
  return { ...alert, told: { state, since, at: now, ...(state === 'firing' && { severity: toldAs(alert, since) }) } };
}

/** Once an incident was told as a page it stays one: what calms down to a ticket and comes back is no news. */
function toldAs({ told, evidence }: AlertRecord, since: number): Severity {
  const before = told?.state === 'firing' && told.since === since ? (told.severity ?? 'page') : 'ticket';
  return before === 'page' ? 'page' : severityOf(evidence);
}

/** The alert with its silence as of now; what ends in silence was told enough. */
export function hush(alert: AlertRecord, silences: readonly Silence[], now: number): AlertRecord {
  const silenced = silences.some((silence) => now < silence.until && covers(silence, alert));
  const ended = alert.state === 'resolved' || alert.state === 'inactive';
  const told =
    silenced && ended && alert.told?.state === 'firing'
      ? { state: 'resolved' as const, since: alert.told.since, at: now }
      : alert.told;
  return silenced === alert.silenced && told === alert.told ? alert : { ...alert, silenced, told };
}

/** An empty model means every model; a detector or slice that is not named means each. */
function covers(silence: Silence, alert: AlertRecord): boolean {
  return (
    (silence.model === '' || silence.model === alert.model) &&
    (silence.detector === undefined || silence.detector === alert.detector) &&
    (silence.slice === undefined || silence.slice === alert.slice)
  );
}

function repetition(alert: AlertRecord, at: number): News {
  return { alert, kind: 'repeat', key: `${alert.id}/repeat/${alert.told?.at ?? 0}`, at };
}
