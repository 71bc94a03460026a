import { sayCount, sayNumber } from '../../detectors/say.ts';
import type { NotedAlert, Notification, Topic } from './notification.ts';
import { oneLine, sayLength, saySlice, sayTime, sayWho, sayWindow } from './say-alert.ts';
import { timesPastLimit } from './severity.ts';

/** Subjects told in full; a storm of more is named in one line. */
export const TOPICS_IN_FULL = 6;
/** Alerts of one subject told in full. */
export const ALERTS_IN_FULL = 6;

export const SIMULATED = 'SIMULATED DATA: nothing here is about real customers or money.';

/** How urgent an alert of the lower severity is. */
export const TICKET = 'ticket, working hours are soon enough';

/** The notification as plain text, for people who read mail in a terminal and for channels that know nothing else. */
export function renderText(notification: Notification): string {
  const { topics, resolved, links, stillFiring } = notification;
  const blocks: string[] = [];
  if (notification.simulated) blocks.push(`*** ${SIMULATED} ***`);
  blocks.push(notification.subject);
  if (notification.kind === 'test') blocks.push('This is a test. Alerts of this daemon will arrive here.');
  for (const topic of topics.slice(0, TOPICS_IN_FULL)) blocks.push(renderTopic(topic, notification.at));
  if (topics.length > TOPICS_IN_FULL) blocks.push(sayOthers(topics));
  if (resolved.length > 0)
    blocks.push(['Back within limits:', ...resolved.flatMap((topic) => topic.alerts.map(sayResolved))].join('\n'));
  if (stillFiring > 0) blocks.push(sayStillFiring(stillFiring));
  if (notification.kind !== 'test') {
    blocks.push(
      [
        `Acknowledge or silence: ${links.alert}`,
        `The traffic behind it:  ${links.traffic}`,
        `The model:              ${links.model}`,
      ].join('\n'),
    );
  }
  blocks.push(`Serin, ${sayTime(notification.at)}`);
  return `${blocks.join('\n\n')}\n`;
}

/** What the statistic is, how far past its limit, and how much it rests on. */
export function sayHowSure(alert: NotedAlert): string {
  const { measure, statistic, limit, interval, count } = alert;
  const parts: string[] = [];
  if (statistic !== null && limit !== null) {
    const times = timesPastLimit(alert);
    const far = times >= 1.05 && times < 1e6 ? ` (${sayNumber(times)} times past it)` : '';
    parts.push(`${measure} ${sayNumber(statistic)}, limit ${sayNumber(limit)}${far}`);
  }
  if (interval !== null) parts.push(`interval ${sayNumber(interval[0])} to ${sayNumber(interval[1])}`);
  parts.push(`from ${sayCount(count)} ${count === 1 ? 'record' : 'records'}`);
  return parts.join(', ');
}

/** `amount in region=EU (PSI), after 2 h 5 min`. */
export function sayResolved(alert: NotedAlert): string {
  const subject = alert.subject === '' ? 'the model' : oneLine(alert.subject, 60);
  const length = alert.resolvedAt === null ? '' : `, after ${sayLength(alert.resolvedAt - alert.since)}`;
  return `${subject} ${oneLine(saySlice(alert.slice), 60)} (${alert.measure})${length}`;
}

export function sayStillFiring(count: number): string {
  return count === 1 ? 'One alert told earlier still fires.' : `${sayCount(count)} alerts told earlier still fire.`;
}

/** One line for the subjects that are not told in full. */
export function sayOthers(topics: readonly Topic[]): string {
  const others = topics.slice(TOPICS_IN_FULL);
  const named = others
    .slice(0, 20)
    .map(({ subject, alerts }) => oneLine(sayWho(subject, alerts[0]?.detector ?? ''), 40));
  const rest = others.length - named.length;
  return `And ${sayCount(others.length)} more: ${named.join(', ')}${rest > 0 ? ` and ${sayCount(rest)} others` : ''}.`;
}

/** A reason as a sentence. */
export function saySentence(reason: string): string {
  const text = oneLine(reason, 600);
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`;
}

function renderTopic(topic: Topic, now: number): string {
  const [worst] = topic.alerts;
  if (worst === undefined) return '';
  const headline = `${oneLine(topic.headline, 100)} ${oneLine(saySlice(worst.slice), 60)}`;
  const lines = topic.alerts
    .slice(1, ALERTS_IN_FULL)
    .map((alert) => `  also ${oneLine(saySlice(alert.slice), 60)}: ${sayHowSure(alert)}`);
  const hidden = topic.alerts.length - ALERTS_IN_FULL;
  return [
    headline,
    '-'.repeat(headline.length),
    saySentence(worst.reason),
    `  since:    ${sayTime(topic.since)} (${sayLength(now - topic.since)})`,
    `  judged:   ${sayWindow(worst.window.from, worst.window.to)}, version ${oneLine(worst.version, 60)}`,
    `  how sure: ${sayHowSure(worst)}`,
    ...(worst.severity === 'ticket' ? [`  urgency:  ${TICKET}`] : []),
    ...lines,
    ...(hidden > 0 ? [`  and ${hidden} more`] : []),
    ...leadsTo(topic, worst),
  ].join('\n');
}

/** Of an operation the page that shows it is that of its slowest spans. */
function leadsTo(topic: Topic, { links }: NotedAlert): string[] {
  if (links?.slowestTraces === undefined || links.failingTraces === undefined) return [`  ${topic.url}`];
  return [`  slowest:  ${links.slowestTraces}`, `  failing:  ${links.failingTraces}`];
}
