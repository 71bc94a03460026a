import { BOUNDS_SECONDS, type Times } from './time-histogram.ts';

/** A value with the values of its labels, in the order in which the metric declares them. */
export type Sample<Value> = readonly [labels: readonly string[], value: Value];

/** One metric of the daemon itself: declared once, read from a snapshot whenever somebody asks for `/metrics`. */
export type Metric<Snapshot> = {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
} & (
  | { readonly type: 'counter' | 'gauge'; readonly read: (snapshot: Snapshot) => readonly Sample<number>[] }
  | { readonly type: 'histogram'; readonly read: (snapshot: Snapshot) => readonly Sample<Times>[] }
);

/** A metric in the Prometheus text format, version 0.0.4; empty where there is nothing to tell yet. */
export function metricText<Snapshot>(metric: Metric<Snapshot>, snapshot: Snapshot): string {
  const { name, help, type } = metric;
  const lines =
    metric.type === 'histogram'
      ? metric.read(snapshot).flatMap(([labels, times]) => histogramLines(metric, labels, times))
      : metric.read(snapshot).map(([labels, value]) => line(name, metric.labels, labels, value));
  if (lines.length === 0) return '';
  return [
    `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${name} ${type}`,
    ...lines,
    '',
  ].join('\n');
}

function histogramLines({ name, labels }: Metric<never>, values: readonly string[], times: Times): string[] {
  let sum = 0;
  const ends = [...BOUNDS_SECONDS.map(String), '+Inf'];
  const buckets = ends.map((end, bucket) => {
    sum += times.counts[bucket] ?? 0;
    return line(`${name}_bucket`, [...labels, 'le'], [...values, end], sum);
  });
  return [
    ...buckets,
    line(`${name}_sum`, labels, values, times.sumSeconds),
    line(`${name}_count`, labels, values, sum),
  ];
}

function line(name: string, labels: readonly string[], values: readonly string[], value: number): string {
  const pairs = labels.map((label, place) => `${label}="${escapeLabel(values[place] ?? '')}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
