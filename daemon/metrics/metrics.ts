import { Registry, collectDefaultMetrics } from 'prom-client';
import { metricText, type Metric } from './metric.ts';
import type { RequestCount } from './request-counts.ts';
import type { Turns } from '../ticker.ts';

/** What the daemon tells of itself besides its intake. */
export interface Readings {
  readonly version: string;
  /** Open alerts, by state. */
  readonly alerts: Readonly<Record<'pending' | 'firing', number>>;
  readonly turns: Turns;
  /** Whether it judges, sends and acts; another daemon on the same store does otherwise. */
  readonly inCharge: boolean;
  /** Closed windows that late data touched and that wait to be judged again. */
  readonly lateWindows: number;
  readonly requests: readonly RequestCount[];
  readonly shadows: readonly {
    readonly model: string;
    readonly candidate: string;
    readonly scored: number;
    readonly shed: number;
    readonly lagMs: number;
  }[];
}

/** Every metric of the daemon itself besides those of its intake, which `ingest/ingest-metrics.ts` declares. */
export const daemonMetrics: readonly Metric<Readings>[] = [
  {
    name: 'serin_build_info',
    help: 'Always 1; the label says which version runs.',
    type: 'gauge',
    labels: ['version'],
    read: ({ version }) => [[[version], 1]],
  },
  {
    name: 'serin_alerts',
    help: 'Open alerts, by state.',
    type: 'gauge',
    labels: ['state'],
    read: ({ alerts }) => Object.entries(alerts).map(([state, count]) => [[state], count]),
  },
  {
    name: 'serin_watch_in_charge',
    help: '1 while this daemon judges, sends and acts, 0 while it stands by; of all on one store, one is in charge.',
    type: 'gauge',
    labels: [],
    read: ({ inCharge }) => [[[], inCharge ? 1 : 0]],
  },
  {
    name: 'serin_watch_late_windows',
    help: 'Closed windows that late records or labels touched and that wait to be judged again.',
    type: 'gauge',
    labels: [],
    read: ({ lateWindows }) => [[[], lateWindows]],
  },
  {
    name: 'serin_watch_turns_total',
    help: 'Looks at the windows, by outcome.',
    type: 'counter',
    labels: ['outcome'],
    read: ({ turns }) => [
      [['done'], turns.done],
      [['failed'], turns.failed],
    ],
  },
  {
    name: 'serin_watch_turn_seconds',
    help: 'Time that the last look at the windows took.',
    type: 'gauge',
    labels: [],
    read: ({ turns }) => [[[], turns.lastSeconds]],
  },
  {
    name: 'serin_watch_since_turn_seconds',
    help: 'Time since a look at the windows ended well, or since the start.',
    type: 'gauge',
    labels: [],
    read: ({ turns }) => [[[], turns.sinceSeconds]],
  },
  {
    name: 'serin_api_requests_total',
    help: 'Requests to the API and the dashboard, by route, method and status.',
    type: 'counter',
    labels: ['route', 'method', 'status'],
    read: ({ requests }) => requests.map(([route, method, status, count]) => [[route, method, status], count]),
  },
  {
    name: 'serin_shadow_scored_total',
    help: 'Predictions that a live shadow has scored, since it was begun.',
    type: 'counter',
    labels: ['model', 'candidate'],
    read: ({ shadows }) => shadows.map(({ model, candidate, scored }) => [[model, candidate], scored]),
  },
  {
    name: 'serin_shadow_shed_total',
    help: 'Predictions that a live shadow did not score because it was behind.',
    type: 'counter',
    labels: ['model', 'candidate'],
    read: ({ shadows }) => shadows.map(({ model, candidate, shed }) => [[model, candidate], shed]),
  },
  {
    name: 'serin_shadow_lag_seconds',
    help: 'Age of the oldest prediction that a live shadow has still to score; 0 when there is none.',
    type: 'gauge',
    labels: ['model', 'candidate'],
    read: ({ shadows }) => shadows.map(({ model, candidate, lagMs }) => [[model, candidate], lagMs / 1000]),
  },
];

/**
 * Everything for `/metrics`, in the Prometheus text format: the daemon's own metrics, then those of the process and of
 * Node.js under the names that prom-client gives them everywhere.
 * @param read gives the text of the metrics declared, see `metricsText`
 */
export function openMetrics(read: () => Promise<string>): { text(): Promise<string> } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // Gauges whose names say counter; the same counts are there by type.
  for (const kind of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${kind}_total`);
  return {
    text: async () => (await read()) + (await registry.metrics()),
  };
}

/** Metrics as text, one after the other. */
export function metricsText<Snapshot>(metrics: readonly Metric<Snapshot>[], snapshot: Snapshot): string {
  return metrics.map((metric) => metricText(metric, snapshot)).join('');
}
