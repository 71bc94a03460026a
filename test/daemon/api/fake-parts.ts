import { Readable } from 'node:stream';
import type { Retried } from '../../../daemon/api/ingest-part.ts';
import type { ModelSummary, Parts } from '../../../daemon/api/parts.ts';
import type { FoundReference } from '../../../daemon/api/references-part.ts';
import { modelSettings } from '../../../daemon/config/config.ts';
import { SerinError } from '../../../daemon/errors.ts';
import { Bins } from '../../../detectors/maths/bins.ts';
import type {
  Alert,
  Comparison,
  Decision,
  Finding,
  LiveShadow,
  ModelAccuracy,
  ModelVersion,
  Replay,
  Retraining,
  Rollout,
  Silence,
  Snapshot,
  Window,
} from '../../../detectors/terms.ts';

/** Text that must come through every route as it is: markup, SQL, quotes, a bird. */
export const NASTY = `<script>alert(1)</script>' OR 1=1 --"'||file('/etc/passwd')||'\u{1F426}`;

export const NOON = Date.UTC(2026, 0, 31, 12);
export const HOUR: Window = { from: NOON, to: NOON + 3_600_000 };

export const MODEL: ModelSummary = {
  model: NASTY,
  settings: modelSettings.parse({ slices: ['region'] }),
  versions: [
    { version: 'v1', firstSeen: NOON, lastSeen: NOON + 1, predictions: 12, registered: false },
    { version: 'v2', firstSeen: null, lastSeen: null, predictions: 0, registered: true },
  ],
  reference: { id: 'ref-1', version: null, window: HOUR, pinned: false, uploaded: false, frozen: true },
  limits: {
    windowsAWeek: 168,
    chanceOfWindow: 0.0003,
    referenceWindows: 1,
    expectedPagesAWeek: 0.1,
    source: 'noise',
    says: '0.1 false pages a week',
  },
  predictions: 12,
  findings: { pass: 1, fail: 2, insufficient: 3 },
  alerts: { pending: 0, firing: 1 },
  detectors: [
    {
      detector: 'psi',
      title: 'Population stability index',
      kind: 'drift',
      subject: 'feature',
      settings: { limit: 0.2 },
    },
  ],
};

const REFERENCE: FoundReference = {
  id: 'ref-1',
  model: NASTY,
  kind: 'uploaded',
  version: null,
  window: HOUR,
  takenAt: NOON,
  frozenAt: NOON,
  inUse: true,
  upload: {
    format: 'csv',
    bytes: 12,
    sha256: 'ab',
    rows: 2,
    labelled: 0,
    timed: false,
    slices: ['region'],
    columns: [{ name: NASTY, role: 'number' }],
  },
};

const RETRIED: Retried = {
  segment: '1764115200000000-0badcafe',
  state: 'refused',
  tables: [
    { table: 'predictions', rows: 12, state: 'loaded', code: null, reason: null },
    { table: 'prediction_minutes', rows: 3, state: 'refused', code: 16, reason: NASTY },
  ],
};

export const FINDING: Finding = {
  id: 'f1',
  model: NASTY,
  version: 'v1',
  slice: 'region=EU',
  detector: 'psi',
  subject: '__proto__',
  state: 'fail',
  statistic: 0.31,
  limit: 0.2,
  reason: NASTY,
  count: 500,
  interval: [0.2, 0.4],
  details: { bins: 12, constructor: 'plain' },
  window: HOUR,
  reference: HOUR,
  judgedAt: NOON,
  final: true,
};

export const ALERT: Alert = {
  id: 'a/1',
  model: NASTY,
  version: 'v1',
  slice: 'all',
  detector: 'psi',
  subject: '',
  state: 'firing',
  finding: 'f1',
  reason: NASTY,
  statistic: 0.31,
  limit: 0.2,
  since: NOON,
  changedAt: NOON,
  firedAt: NOON,
  resolvedAt: null,
  acknowledgedBy: null,
  silenced: false,
  delivered: true,
};

const UNKNOWN_ACCURACY: ModelAccuracy = {
  auc: null,
  recall: null,
  precision: null,
  falsePositiveRate: null,
  missedValue: 0,
  wronglyDeclinedValue: 0,
  brier: null,
  logLoss: null,
  calibrationError: null,
};

const COMPARISON: Comparison = {
  slice: 'all',
  recorded: 10,
  replayed: 10,
  failed: 1,
  errors: { not_finite: 1 },
  flips: {
    toDecline: 1,
    toApprove: 0,
    share: 0.1,
    interval: [0.02, 0.4],
    ways: { toDecline: { share: 0.1, interval: [0.02, 0.4] }, toApprove: { share: 0, interval: [0, 0.28] } },
    valueToDecline: 12.5,
    valueToApprove: 0,
  },
  scoreShift: { mean: 0.01, interval: [0, 0.02], controlMean: 0.2, candidateMean: 0.21 },
  rankCorrelation: Number.NaN,
  declineRates: { control: 0.1, candidate: 0.2 },
  labelled: {
    count: 0,
    positives: 0,
    represents: 0,
    effective: 0,
    onlyControlRight: 0,
    onlyCandidateRight: 0,
    mcnemarP: null,
    control: UNKNOWN_ACCURACY,
    candidate: { ...UNKNOWN_ACCURACY, auc: Number.NaN },
  },
};

export const REPLAY: Replay = {
  id: 'replay 1',
  model: 'm',
  candidate: 'v2',
  control: null,
  window: HOUR,
  limit: null,
  slices: [],
  state: 'done',
  waiting: { reason: 'the store: it is away', since: HOUR.from, attempts: 2, againAt: null },
  recorded: 10,
  replayed: 10,
  rowsPerSecond: Infinity,
  backend: 'wasm',
  error: null,
  noiseFloor: { flips: 0, score: 0, replayed: 10, bias: 0, differing: 0 },
  comparison: COMPARISON,
  bySlice: [COMPARISON],
  examples: {
    toDecline: [
      {
        predictionId: NASTY,
        version: 'v1',
        timestamp: NOON,
        controlScore: 0.4,
        candidateScore: 0.6,
        value: 12.5,
        traceId: '',
        tags: { region: NASTY },
      },
    ],
    toApprove: [],
  },
  latency: null,
  attribution: [{ feature: NASTY, flips: 1, shift: 0.01 }],
  explained: { flips: 1, predictions: 10 },
  pace: null,
  stratified: false,
  population: 10,
  startedAt: NOON,
  finishedAt: NOON + 5,
};

const SHADOW: LiveShadow = {
  id: 'live/m/v2',
  model: 'm',
  candidate: 'v2',
  control: 'v1',
  rollout: 'r1',
  state: 'running',
  reason: null,
  backend: 'wasm',
  share: 1,
  since: NOON,
  scored: 10,
  shed: 1,
  lagMs: 1500,
  comparison: COMPARISON,
  bySlice: [COMPARISON],
  noiseFloor: null,
  examples: REPLAY.examples,
  latency: REPLAY.latency,
  attribution: REPLAY.attribution,
  explained: REPLAY.explained,
  comparedAt: NOON,
};

export const ROLLOUT: Rollout = {
  id: 'r1',
  model: 'm',
  control: 'v1',
  candidate: 'v2',
  state: 'open',
  alpha: 0.05,
  minimumEvents: 500,
  maximumDurationMs: 86_400_000,
  guardrails: [{ name: 'decline_rate', margin: 0.01, slices: ['all'], watched: [], required: true }],
  minimumDurationMs: 600_000,
  stages: [0.05, 1],
  stage: { index: 0, openedAt: NOON },
  largestWeight: 1,
  action: null,
  openedAt: NOON,
  decidedAt: null,
  verdict: 'hold',
};

export const DECISION: Decision = {
  id: 'd1',
  owner: 'r1',
  model: 'm',
  stage: 0,
  verdict: 'hold',
  reasons: ['decline_rate in all: 20 more events are needed'],
  checks: [
    {
      name: 'decline_rate',
      slice: 'all',
      harm: Number.NaN,
      margin: 0.01,
      interval: [Number.NEGATIVE_INFINITY, 1],
      eValue: Infinity,
      events: 480,
      eventsNeeded: 20,
      state: 'undecided',
      reason: NASTY,
    },
  ],
  asOf: NOON,
  inputs: { events: 480, harm: Number.NaN },
};

const RETRAINING: Retraining = {
  id: 't1',
  model: 'm',
  state: 'running',
  trigger: NASTY,
  finding: null,
  snapshot: 's1',
  version: null,
  error: null,
  startedAt: NOON,
  finishedAt: null,
};

const SNAPSHOT: Snapshot = {
  id: 's1',
  model: 'm',
  state: 'frozen',
  path: '/data/s1.parquet',
  query: 'SELECT 1',
  window: HOUR,
  rows: 0,
  labelled: 0,
  bytes: 10,
  sha256: 'ab',
  columns: [{ name: NASTY, type: 'Float64' }],
  createdAt: NOON,
};

const VERSION: ModelVersion = {
  id: 'm/v2',
  model: 'm',
  version: 'v2',
  state: 'registered',
  path: '/models/v2',
  format: 'layers',
  inputs: [{ feature: '__proto__', encoding: 'number', fill: 0, log1p: false, mean: 0, scale: 1 }],
  threshold: 0.5,
  sha256: { 'model.json': 'ab' },
  registeredAt: NOON,
};

export interface FakeParts extends Parts {
  /** What the API asked of the rooms, in order: the method and its arguments. */
  readonly calls: readonly (readonly [method: string, ...given: unknown[]])[];
  /** Replaces one method's answer; the key is `room.method`. */
  answer(method: string, work: (...given: never[]) => unknown): void;
}

/** A double: the rooms behind the API. Each method notes its arguments and gives one fixed thing. */
export function fakeParts(maxBodyBytes = 1_000_000, maxConnections = 1000): FakeParts {
  const calls: [string, ...unknown[]][] = [];
  const answers = new Map<string, (...given: never[]) => unknown>();
  const method =
    <Given extends unknown[], Result>(name: string, result: (...given: Given) => Result) =>
    async (...given: Given): Promise<Result> => {
      calls.push([name, ...given]);
      const other = answers.get(name) as ((...given: Given) => Result) | undefined;
      return (other ?? result)(...given);
    };
  return {
    calls,
    answer: (name, work) => void answers.set(name, work),
    ingest: {
      maxBodyBytes,
      maxConnections,
      accept: method('ingest.accept', () => ({ accepted: 1, rejected: 0, errors: [] })),
      setAside: method('ingest.setAside', () => [
        { ...RETRIED, setAsideAt: NOON, firstReceivedAt: NOON - 60_000, tries: 10, bytes: 4096 },
      ]),
      retry: method('ingest.retry', () => RETRIED),
    },
    references: {
      upload: method('references.upload', () => REFERENCE),
      list: method('references.list', () => [REFERENCE, { ...REFERENCE, kind: 'pinned', upload: null }]),
      get: method('references.get', () => REFERENCE),
      rows: method('references.rows', () => Readable.from([Buffer.from('PAR1')])),
      histograms: method('references.histograms', () => [
        {
          version: 'all',
          slice: NASTY,
          kind: 'feature' as const,
          name: NASTY,
          histogram: { count: 1, missing: 0, bins: Bins.of([{ low: 1, high: Infinity, count: 1 }]), categories: [] },
        },
      ]),
    },
    models: {
      list: method('models.list', () => [MODEL]),
      get: method('models.get', () => MODEL),
      change: method('models.change', () => MODEL),
      pinReference: method('models.pinReference', () => MODEL),
      shift: method('models.shift', () => ({
        window: HOUR,
        reference: HOUR,
        rows: { window: 900, reference: 1000 },
        searched: 12,
        carriers: [
          { slice: `region=${NASTY}`, share: 0.98, interval: [0.95, 1.01] as const, traffic: 0.21, trafficBefore: 0.2 },
        ],
      })),
      useReference: method('models.useReference', () => MODEL),
      distribution: method('models.distribution', () => ({
        window: HOUR,
        reference: null,
        current: {
          count: 3,
          missing: 0,
          bins: Bins.of([{ low: Number.NEGATIVE_INFINITY, high: Infinity, count: 1 }]),
          categories: [{ value: NASTY, count: 2 }],
        },
        expected: null,
      })),
      series: method('models.series', () => ({
        bucketMs: 60_000,
        points: [
          {
            at: NOON,
            predictions: 2,
            scoreMean: Number.NaN,
            scoreP95: 0.9,
            latencyP50: null,
            latencyP95: null,
            latencyP99: Infinity,
            rocAuc: null,
            labelled: 0,
          },
        ],
      })),
      operations: method('models.operations', () => ({
        services: [{ service: NASTY, count: 1, errors: 0, p50: 1, p95: Number.NaN, p99: null }],
        operations: [{ service: NASTY, operation: NASTY, count: 1, errors: 0, p50: 1, p95: Number.NaN, p99: null }],
      })),
      traces: method('models.traces', () => [
        {
          timestamp: NOON,
          traceId: 'a'.repeat(32),
          spanId: 'b'.repeat(16),
          service: NASTY,
          operation: NASTY,
          durationMs: 1.5,
          status: 'Error',
          attributes: { [NASTY]: NASTY, constructor: 'plain' },
        },
      ]),
      trace: method('models.trace', () => [
        {
          timestamp: NOON,
          traceId: 'a'.repeat(32),
          spanId: 'b'.repeat(16),
          service: NASTY,
          operation: NASTY,
          durationMs: 1.5,
          status: 'Ok',
          attributes: {},
        },
      ]),
      register: method('models.register', () => VERSION),
    },
    findings: {
      list: method('findings.list', () => [FINDING]),
      evaluate: method('findings.evaluate', () => [{ window: HOUR, count: 500, findings: [FINDING] }]),
    },
    alerts: {
      list: method('alerts.list', () => [ALERT]),
      get: method('alerts.get', () => ({
        alert: ALERT,
        changes: [
          {
            id: 'c1',
            owner: 'a/1',
            model: 'm',
            at: NOON,
            from: 'pending' as const,
            to: 'firing' as const,
            reason: 'x',
          },
        ],
        deliveries: [
          {
            id: 'l1',
            channel: 'mail',
            model: 'm',
            subject: NASTY,
            alerts: ['a/1'],
            state: 'delivered' as const,
            attempts: 1,
            nextAttemptAt: NOON,
            error: null,
            createdAt: NOON,
            deliveredAt: NOON,
          },
        ],
      })),
      acknowledge: method('alerts.acknowledge', () => ALERT),
      silence: method('alerts.silence', (silence: Omit<Silence, 'id' | 'state'>) => ({
        ...silence,
        id: 'q1',
        state: 'active' as const,
      })),
      feedback: method('alerts.feedback', () => ALERT),
      test: method('alerts.test', (channel: string) => {
        if (channel !== 'mail') throw new Error(`535 5.7.8\r\nauthentication   failed`);
      }),
    },
    replays: {
      start: method('replays.start', () => REPLAY),
      get: method('replays.get', (id: string) => {
        if (id === 'nobody') throw new SerinError('unknown_id', 'there is no replay "nobody"', { field: 'id' });
        return REPLAY;
      }),
      list: method('replays.list', () => [REPLAY]),
      cancel: method('replays.cancel', () => ({ ...REPLAY, state: 'cancelled' as const })),
    },
    shadows: {
      list: method('shadows.list', () => [SHADOW]),
      get: method('shadows.get', () => SHADOW),
    },
    rollouts: {
      open: method('rollouts.open', () => ROLLOUT),
      get: method('rollouts.get', () => ROLLOUT),
      list: method('rollouts.list', () => [ROLLOUT]),
      verdict: method('rollouts.verdict', () => DECISION),
      decisions: method('rollouts.decisions', () => [DECISION]),
      advance: method('rollouts.advance', () => ROLLOUT),
      end: method('rollouts.end', () => ({ ...ROLLOUT, state: 'rolled_back' as const })),
      weigh: method('rollouts.weigh', () => undefined),
      start: method('rollouts.start', () => false),
      recompute: method('rollouts.recompute', () => ({ decision: DECISION, equal: true, answer: DECISION })),
    },
    retrainings: {
      list: method('retrainings.list', () => [RETRAINING]),
      start: method('retrainings.start', () => RETRAINING),
      complete: method('retrainings.complete', () => RETRAINING),
      fail: method('retrainings.fail', () => RETRAINING),
      snapshot: method('retrainings.snapshot', () => SNAPSHOT),
    },
    health: {
      notReady: method('health.notReady', (): readonly string[] => []),
      answered: () => undefined,
      metrics: method('health.metrics', () => '# HELP serin_x x\n# TYPE serin_x counter\nserin_x 1\n'),
      status: method('health.status', () => ({
        version: 'room',
        uptimeSeconds: 1.5,
        simulated: false,
        engine: 'embedded' as const,
        inCharge: true,
        ingest: {
          spans: 1,
          predictions: 2,
          labels: 3,
          rejected: { not_a_number: 1 },
          duplicates: 0,
          spoolBytes: 0,
          lagSeconds: 0,
        },
        stored: { spans: 1, predictions: 2, labels: 3 },
      })),
    },
  };
}
