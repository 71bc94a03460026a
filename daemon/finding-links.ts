import { findDetector } from '../detectors/find-detector.ts';
import { ALL, type Finding, type Window } from '../detectors/terms.ts';
import { decisionSubjects } from './decision-subjects.ts';
import { latencySubjects, operationOf } from './latency-subjects.ts';

/** Pages of the dashboard that a finding leads to. */
export interface FindingLinks {
  /** What was judged, in the window judged. */
  readonly subject: string;
  /** The slowest spans of the operation that was judged; only where there is one. */
  readonly slowestTraces?: string;
  /** Its failed spans. */
  readonly failingTraces?: string;
}

/** What of a finding its links are made of. */
export type Linked = Pick<
  Finding,
  'model' | 'version' | 'slice' | 'detector' | 'subject' | 'window' | 'judgedAt' | 'details'
>;

/**
 * Where a finding leads. The one place that knows: API, mail, webhooks and dashboard all use these.
 * @param link makes an address that people can open of a path of the dashboard
 */
export function findingLinks(finding: Linked, link: (path: string) => string): FindingLinks {
  const kind = findDetector(finding.detector)?.subject;
  const operation = kind === 'operation' ? operationOf(finding.subject) : undefined;
  if (operation === undefined) return { subject: link(pageOf(finding, kind)) };
  const traces = (more: Query): string =>
    link(pagePath(['models', finding.model, 'traces'], { ...operation, ...timeOf(lookedAt(finding)), ...more }));
  const slowestTraces = traces({});
  return { subject: slowestTraces, slowestTraces, failingTraces: traces({ errors: 'true' }) };
}

type Query = Readonly<Record<string, string>>;

function pageOf(finding: Linked, kind: string | undefined): string {
  const { model, version, slice, subject, window } = finding;
  const query = {
    ...(version === ALL ? {} : { version }),
    ...(slice === ALL ? {} : { slice }),
    ...timeOf(window),
  };
  if (kind === 'feature' && subject !== '') return pagePath(['models', model, 'features', subject], query);
  if (kind === 'score') return pagePath(['models', model, 'score', ...(subject === '' ? [] : [subject])], query);
  if (kind === 'decision') {
    const page = subject === decisionSubjects.recorded ? 'decision' : 'score';
    return pagePath(['models', model, page], query);
  }
  if (kind === 'operation' && subject === latencySubjects.prediction)
    return pagePath(['models', model, 'latency'], query);
  return pagePath(['models', model], query);
}

/** A budget looks further back than the window that it was judged in. */
function lookedAt({ window, judgedAt, details }: Linked): Window {
  const minutes = details?.['looks_back_minutes'];
  if (typeof minutes !== 'number') return window;
  return { from: Math.min(window.from, Math.min(window.to, judgedAt) - minutes * 60_000), to: window.to };
}

function timeOf({ from, to }: Window): Query {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

/** A page of the dashboard out of its segments, each of them user text, and its query. */
export function pagePath(segments: readonly string[], query: Query): string {
  const search = new URLSearchParams(query).toString();
  return `/${segments.map((segment) => encodeURIComponent(segment.toWellFormed())).join('/')}${search === '' ? '' : `?${search}`}`;
}
