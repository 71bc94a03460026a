import type {
  Alert,
  AlertChange,
  Delivery,
  Finding,
  FindingState,
  Histogram,
  Impact,
  ModelInput,
  ModelVersion,
  Retraining,
  Silence,
  Snapshot,
  Window,
} from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { LimitsSummary } from '../models/describe-limits.ts';
import type { Reference } from '../models/references.ts';
import type { ShiftSearch } from '../models/shift-search.ts';
import type { ReplaysPart, ShadowsPart } from './replay-parts.ts';
import type { IngestPart } from './ingest-part.ts';
import type { RolloutsPart } from './rollouts-part.ts';
import type { ReferencesPart } from './references-part.ts';

/**
 * What the API needs of the other rooms; `compose/` joins them. Times are Unix milliseconds here and RFC 3339 outside.
 * Every method rejects with a `SerinError` where the caller is to blame, or where the store is away.
 */
export interface Parts {
  readonly ingest: IngestPart;
  readonly models: ModelsPart;
  readonly references: ReferencesPart;
  readonly findings: FindingsPart;
  readonly alerts: AlertsPart;
  readonly replays: ReplaysPart;
  readonly shadows: ShadowsPart;
  readonly rollouts: RolloutsPart;
  readonly retrainings: RetrainingsPart;
  readonly health: HealthPart;
}

export interface ModelSummary {
  readonly model: string;
  readonly settings: ModelSettings;
  readonly versions: readonly {
    readonly version: string;
    readonly firstSeen: number | null;
    readonly lastSeen: number | null;
    readonly predictions: number;
    readonly registered: boolean;
  }[];
  readonly reference: Reference | null;
  /** Where the limits come from, and how rarely they may be wrong. */
  readonly limits: LimitsSummary;
  /** Stored in the last 24 hours. */
  readonly predictions: number;
  readonly findings: Readonly<Record<FindingState, number>>;
  readonly alerts: { readonly pending: number; readonly firing: number };
  readonly detectors: readonly {
    readonly detector: string;
    readonly title: string;
    readonly kind: string;
    readonly subject: string;
    readonly settings: Readonly<Record<string, number>>;
  }[];
}

export interface SeriesPoint {
  readonly at: number;
  readonly predictions: number;
  readonly scoreMean: number | null;
  readonly scoreP95: number | null;
  readonly latencyP50: number | null;
  readonly latencyP95: number | null;
  readonly latencyP99: number | null;
  readonly rocAuc: number | null;
  readonly labelled: number;
}

/** How long the spans of a service took, milliseconds; null where there is none. */
export interface ServiceDurations {
  readonly service: string;
  readonly count: number;
  readonly errors: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface ModelsPart {
  list(): Promise<ModelSummary[]>;
  get(model: string): Promise<ModelSummary>;
  change(model: string, settings: Readonly<Record<string, unknown>>): Promise<ModelSummary>;
  pinReference(
    model: string,
    reference: { readonly version: string | null; readonly window: Window },
  ): Promise<ModelSummary>;
  /** Judges against an earlier reference again. */
  useReference(model: string, id: string): Promise<ModelSummary>;
  distribution(
    model: string,
    query: {
      readonly version?: string;
      readonly slice: string;
      readonly kind: 'feature' | 'score' | 'latency' | 'decision';
      readonly feature: string;
      readonly window: Window;
    },
  ): Promise<{
    readonly window: Window;
    readonly reference: Window | null;
    readonly current: Histogram;
    readonly expected: Histogram | null;
  }>;
  shift(model: string, query: { readonly feature: string | undefined; readonly window: Window }): Promise<ShiftSearch>;
  series(
    model: string,
    query: { readonly version?: string; readonly slice: string; readonly window: Window; readonly points: number },
  ): Promise<{ readonly bucketMs: number; readonly points: readonly SeriesPoint[] }>;
  operations(
    model: string,
    window: Window,
  ): Promise<{
    readonly services: readonly ServiceDurations[];
    readonly operations: readonly (ServiceDurations & { readonly operation: string })[];
  }>;
  traces(query: {
    readonly service: string;
    readonly operation?: string;
    readonly window: Window;
    readonly limit: number;
    readonly onlyErrors: boolean;
  }): Promise<readonly FoundSpan[]>;
  trace(traceId: string): Promise<readonly FoundSpan[]>;
  register(
    model: string,
    registration: {
      readonly version: string;
      readonly path: string;
      readonly inputs: readonly ModelInput[];
      readonly threshold?: number;
      readonly positiveClass?: number;
      readonly classes?: readonly string[];
    },
  ): Promise<ModelVersion>;
}

/** A span as it was stored; duration in milliseconds. */
export interface FoundSpan {
  readonly timestamp: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  readonly operation: string;
  readonly durationMs: number;
  readonly status: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A stored finding with what its feature does to the score, where that is known. */
export interface FoundFinding extends Finding {
  readonly impact?: Impact | undefined;
}

export interface FindingsPart {
  list(query: {
    readonly model?: string;
    readonly version?: string;
    readonly slice?: string;
    readonly detector?: string;
    readonly subject?: string;
    readonly window?: Partial<Window>;
    readonly state?: FindingState;
    readonly limit: number;
  }): Promise<FoundFinding[]>;
  /** Judges stored data now; nothing is stored, no alert follows. */
  evaluate(request: {
    readonly model: string;
    readonly version?: string;
    /** A stretch of stored predictions, or the id of a reference. */
    readonly reference: Window | { readonly id: string };
    readonly window: Window;
    readonly step: '1h' | '6h' | '1d' | '1w' | '1mo';
    readonly slices?: readonly string[];
    readonly detectors?: readonly string[];
    readonly labelAgeMs?: number;
  }): Promise<readonly { readonly window: Window; readonly count: number; readonly findings: readonly Finding[] }[]>;
}

/** An alert with what its feature does to the score, where that is known. */
export interface WeighedAlert extends Alert {
  readonly impact?: Impact | undefined;
}

export interface AlertsPart {
  list(state?: string): Promise<WeighedAlert[]>;
  get(id: string): Promise<{
    readonly alert: WeighedAlert;
    readonly changes: readonly AlertChange[];
    readonly deliveries: readonly Delivery[];
  }>;
  acknowledge(id: string, by: string): Promise<Alert>;
  silence(silence: Omit<Silence, 'id' | 'state'>): Promise<Silence>;
  feedback(
    id: string,
    feedback: { readonly verdict: 'real' | 'false'; readonly by: string; readonly note?: string },
  ): Promise<Alert>;
  /** Sends a test message; rejects with the channel's own words when it is refused. */
  test(channel: string): Promise<void>;
}

export interface RetrainingsPart {
  list(model?: string): Promise<Retraining[]>;
  start(model: string, reason: string): Promise<Retraining>;
  complete(
    id: string,
    result: {
      readonly version: string;
      readonly path?: string;
      readonly inputs?: readonly ModelInput[];
      readonly threshold?: number;
      readonly metrics?: Readonly<Record<string, number>>;
    },
  ): Promise<Retraining>;
  fail(id: string, reason: string): Promise<Retraining>;
  snapshot(id: string): Promise<Snapshot>;
}

export interface HealthPart {
  /** Reasons why requests should not be sent here now; empty when ready. */
  notReady(): Promise<readonly string[]>;
  /** Hears how every request was answered; the route is as declared, so that there are not many. */
  answered(route: string, method: string, status: number): void;
  /** Prometheus text format. */
  metrics(): Promise<string>;
  status(): Promise<{
    readonly version: string;
    readonly uptimeSeconds: number;
    readonly simulated: boolean;
    readonly engine: 'embedded' | 'server';
    /** Whether it judges, sends and acts; another daemon on the same store does otherwise. */
    readonly inCharge: boolean;
    readonly ingest: {
      readonly spans: number;
      readonly predictions: number;
      readonly labels: number;
      readonly rejected: Readonly<Record<string, number>>;
      readonly duplicates: number;
      readonly spoolBytes: number;
      readonly lagSeconds: number;
    };
    readonly stored: { readonly spans: number; readonly predictions: number; readonly labels: number };
  }>;
}
