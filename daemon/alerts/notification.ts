import type { Finding, Impact, Window } from '../../detectors/terms.ts';
import type { FindingLinks } from '../finding-links.ts';
import type { Severity } from './severity.ts';

/** One alert in a message. */
export interface NotedAlert {
  readonly id: string;
  readonly kind: 'firing' | 'repeat' | 'resolved';
  readonly subject: string;
  readonly slice: string;
  readonly detector: string;
  /** The detector for people: `PSI`. */
  readonly measure: string;
  readonly version: string;
  readonly statistic: number | null;
  readonly limit: number | null;
  readonly interval: readonly [number, number] | null;
  readonly count: number;
  readonly reason: string;
  readonly window: Window;
  readonly since: number;
  readonly resolvedAt: number | null;
  /** Where it is acknowledged, silenced and judged. */
  readonly url: string;
  /** Where its finding leads; missing, as is the severity, in what an earlier Serin stored. */
  readonly links?: FindingLinks;
  readonly severity?: Severity;
  /** What the feature does to the score, where that was known. */
  readonly impact?: Impact;
}

/** All alerts about one thing, whatever the detector and slice: a paragraph of the message. */
export interface Topic {
  /** A feature, an operation, or empty for the model as a whole. */
  readonly subject: string;
  /** `amount drifted`, without slice and numbers. */
  readonly headline: string;
  readonly since: number;
  /** The worst first; those with an impact in its order. */
  readonly alerts: readonly NotedAlert[];
  /** The page that shows the thing in the window judged. */
  readonly url: string;
}

/** What people are told of one model at once, in no particular form; stored with its deliveries, so it must survive JSON. */
export interface Notification {
  readonly model: string;
  readonly kind: 'firing' | 'repeat' | 'resolved' | 'test';
  readonly at: number;
  readonly simulated: boolean;
  /** One line, short enough for a telephone's lock screen, without control characters. */
  readonly subject: string;
  /** What is new, or repeated; the worst first. */
  readonly topics: readonly Topic[];
  readonly resolved: readonly Topic[];
  /** How many alerts told earlier still fire. */
  readonly stillFiring: number;
  /** The finding to draw a picture of. */
  readonly lead: Finding | null;
  readonly links: { readonly model: string; readonly traffic: string; readonly alert: string };
}

/** An image that goes along with a notification. */
export interface Picture {
  readonly png: Uint8Array;
  readonly description: string;
  readonly widthPixels: number;
}
