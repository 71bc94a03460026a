import { impactSize } from '../../detectors/impact-size.ts';
import { rankByImpact } from '../../detectors/rank-by-impact.ts';
import { sayImpact, sayNumber } from '../../detectors/say.ts';
import { ALL, type Finding, type Impact } from '../../detectors/terms.ts';
import { findingLinks, pagePath } from '../finding-links.ts';
import type { NotedAlert, Notification, Topic } from './notification.ts';
import { oneLine, sayDetector, sayHeadline, saySlice, sayWho } from './say-alert.ts';
import { severityOf, timesPastLimit, worstFirst } from './severity.ts';
import type { News } from './what-to-tell.ts';

export interface Place {
  /** How people reach the dashboard; no slash at the end. */
  readonly publicUrl: string;
  readonly simulated: boolean;
  /** What the feature of a finding does to the score, where that is known. */
  impactOf?(finding: Finding): Impact | undefined;
}

/**
 * One message out of all news of a model: a paragraph a subject, the worst first, features among themselves by impact.
 * @param news at least one, all of one model
 * @param stillFiring how many alerts told earlier still fire
 */
export function composeNotification(
  news: readonly News[],
  stillFiring: number,
  now: number,
  place: Place,
): Notification {
  const noted = news.map((one) => note(one, place));
  const model = news[0]?.alert.model ?? '';
  const fresh = noted.filter((alert) => alert.kind === 'firing');
  const repeated = noted.filter((alert) => alert.kind === 'repeat');
  const failing = fresh.length > 0 ? fresh : repeated;
  const topics = topicsOf(failing);
  const resolved = topicsOf(noted.filter((alert) => alert.kind === 'resolved'));
  const kind = fresh.length > 0 ? 'firing' : repeated.length > 0 ? 'repeat' : 'resolved';
  const told = topics.length > 0 ? topics : resolved;
  const worst = told[0]?.alerts[0];
  const evidence = news.find((one) => one.alert.id === worst?.id)?.alert.evidence ?? null;
  return {
    model,
    kind,
    at: now,
    simulated: place.simulated,
    topics,
    resolved,
    // What is over needs no picture: it would show that all is well.
    lead: kind === 'resolved' ? null : evidence,
    stillFiring: stillFiring + (fresh.length > 0 ? repeated.length : 0),
    subject: sayInOneLine(kind, model, told),
    links: {
      model: `${place.publicUrl}${pagePath(['models', model], {})}`,
      traffic: `${place.publicUrl}${pagePath(['models', model], worst === undefined ? {} : queryOf(worst))}`,
      alert: worst?.url ?? place.publicUrl,
    },
  };
}

/** What a test of a channel says. */
export function composeTest(channel: string, now: number, place: Place): Notification {
  const links = { model: place.publicUrl, traffic: place.publicUrl, alert: place.publicUrl };
  return {
    model: '',
    kind: 'test',
    at: now,
    simulated: place.simulated,
    topics: [],
    resolved: [],
    stillFiring: 0,
    subject: `[test] Serin reaches people through ${oneLine(channel, 60)}`,
    lead: null,
    links,
  };
}

const TAGS = { firing: 'firing', repeat: 'still firing', resolved: 'resolved' } as const;

/** `firing`; `firing, ticket` where the worst of all can wait until morning. */
function tagOf(kind: keyof typeof TAGS, worst: NotedAlert | undefined): string {
  return `${TAGS[kind]}${kind !== 'resolved' && worst?.severity === 'ticket' ? ', ticket' : ''}`;
}

/** `[firing] card-fraud: amount drifted in region=EU (PSI 4.2, limit 0.1) and 5 more`. */
function sayInOneLine(kind: 'firing' | 'repeat' | 'resolved', model: string, topics: readonly Topic[]): string {
  const [first] = topics;
  const worst = first?.alerts[0];
  if (first === undefined || worst === undefined) return `[${TAGS[kind]}] ${oneLine(model, 40)}`;
  const more = topics.reduce((sum, topic) => sum + topic.alerts.length, 0) - 1;
  const numbers =
    worst.statistic === null || worst.limit === null
      ? ''
      : ` (${worst.measure} ${sayNumber(worst.statistic)}, limit ${sayNumber(worst.limit)})`;
  const where = worst.slice === ALL ? '' : ` ${oneLine(saySlice(worst.slice), 40)}`;
  const what =
    kind === 'resolved'
      ? `${oneLine(thingOf(worst), 40)} is back within limits${where}`
      : `${oneLine(first.headline, 60)}${where}${numbers}`;
  return `[${tagOf(kind, worst)}] ${oneLine(model, 40)}: ${what}${more > 0 ? ` and ${more} more` : ''}`;
}

function note({ alert, kind }: News, { publicUrl, impactOf }: Place): NotedAlert {
  const { id, subject, slice, detector, version, statistic, limit, reason, since, resolvedAt, evidence } = alert;
  const impact = kind === 'resolved' ? undefined : impactOf?.(evidence);
  return {
    id,
    kind,
    subject,
    slice,
    detector,
    version,
    statistic,
    limit,
    reason: [reason, impact && sayImpact(impact)].filter(Boolean).join('; '),
    since,
    resolvedAt,
    measure: sayDetector(detector),
    interval: evidence.interval ?? null,
    count: evidence.count,
    window: evidence.window,
    url: `${publicUrl}${pagePath(['alerts', id], {})}`,
    links: findingLinks(evidence, (path) => `${publicUrl}${path}`),
    severity: severityOf(evidence),
    ...(impact && { impact }),
  };
}

function topicsOf(alerts: readonly NotedAlert[]): Topic[] {
  const things = new Set(alerts.map(thingOf));
  const topics = [...things].flatMap((thing): Topic[] => {
    const own = rankByImpact(alerts.filter((alert) => thingOf(alert) === thing).sort(worstFirst), sizeOf);
    const [worst] = own;
    if (worst === undefined) return [];
    return [
      {
        subject: worst.subject,
        headline: sayHeadline(worst.subject, worst.detector),
        since: Math.min(...own.map((alert) => alert.since)),
        alerts: own,
        url: worst.links?.subject ?? worst.url,
      },
    ];
  });
  topics.sort((a, b) => urgencyOf(b) - urgencyOf(a) || farthest(b) - farthest(a));
  // Only features have an impact; how it weighs against a slow service or a lost accuracy no number says.
  return rankByImpact(topics, largestImpact);
}

function sizeOf({ impact }: NotedAlert): number | undefined {
  return impact && impactSize(impact);
}

function largestImpact({ alerts }: Topic): number | undefined {
  const sizes = alerts.map(sizeOf).filter((size) => size !== undefined);
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}

function thingOf({ subject, detector }: NotedAlert): string {
  return sayWho(subject, detector);
}

function urgencyOf({ alerts }: Topic): number {
  return alerts[0]?.severity === 'ticket' ? 0 : 1;
}

function farthest({ alerts }: Topic): number {
  return alerts[0] === undefined ? 0 : timesPastLimit(alerts[0]);
}

function queryOf({ slice, window }: NotedAlert): Record<string, string> {
  return {
    ...(slice === ALL ? {} : { slice }),
    from: new Date(window.from).toISOString(),
    to: new Date(window.to).toISOString(),
  };
}
