import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { defaultConfig } from '../../../daemon/config/config.ts';
import { startIngestThread, type IngestThread } from '../../../daemon/ingest/ingest-thread.ts';
import { ingestMetrics } from '../../../daemon/ingest/ingest-metrics.ts';
import { metricText, type Metric } from '../../../daemon/metrics/metric.ts';
import { daemonMetrics, metricsText, openMetrics, type Readings } from '../../../daemon/metrics/metrics.ts';
import { PACKAGE_ROOT } from '../../../daemon/package-root.ts';
import { openRequestCounts } from '../../../daemon/metrics/request-counts.ts';
import { BOUNDS_SECONDS, TimeHistogram } from '../../../daemon/metrics/time-histogram.ts';
import { parsePrometheusText, valueOf, type Family } from '../../support/prometheus-text.ts';
import { lines } from '../../support/temporary-ingest.ts';
import { temporaryDirectory, temporaryStore } from '../../support/temporary.ts';

const HOST = '127.0.0.1';
const PROMTOOL_MISSING = spawnSync('promtool', ['--version']).error !== undefined;
const READINGS: Readings = {
  version: '1.2.3',
  alerts: { pending: 1, firing: 2 },
  inCharge: true,
  lateWindows: 3,
  turns: { done: 5, failed: 1, lastSeconds: 0.25, sinceSeconds: 3 },
  requests: [['/v1/models/:model', 'GET', '200', 7]],
  shadows: [{ model: 'fraud', candidate: 'v2', scored: 9, shed: 1, lagMs: 500 }],
};
const declared: readonly { name: string; type: string; labels: readonly string[]; help: string }[] = [
  ...daemonMetrics,
  ...ingestMetrics,
];

describe('what the daemon tells of itself', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let thread: IngestThread;
  let text: string;
  let scrape: Map<string, Family>;

  beforeAll(async () => {
    opened = await temporaryStore();
    thread = await startIngestThread({
      engine: opened.store.loader,
      directory: join(opened.directory, 'spool'),
      limits: { ...defaultConfig().ingest, segment_age: 50, max_features: 2 },
      spansPastMs: 86_400_000,
      sliceTags: { default: ['region'], byModel: new Map() },
      log: pino({ level: 'silent' }),
      onLoaded: () => undefined,
    });
    const ports = await thread.listen(HOST, { http: 0, grpc: 0 });
    const prediction = { model: 'm', version: 'v1', timestamp: Date.now(), features: { amount: 1 } };
    const body = lines([
      { ...prediction, prediction_id: 'one' },
      { ...prediction, prediction_id: 'two' },
      { ...prediction, prediction_id: 'one' },
      { ...prediction, prediction_id: 'bad', score: 'high' },
    ]);
    await thread.accept('predictions', 'ndjson', Buffer.from(body));
    await thread.accept('predictions', 'ndjson', Buffer.from(body));
    await thread.accept('labels', 'json', Buffer.from('[{"prediction_id":"one","label":1}]'));
    await expect(thread.accept('labels', 'json', Buffer.from('no json'))).rejects.toThrow();
    const post = (path: string, type: string): Promise<Response> =>
      fetch(`http://${HOST}:${ports.http}${path}`, { method: 'POST', body: '{}', headers: { 'content-type': type } });
    expect((await post('/v1/traces', 'application/json')).status).toBe(200);
    expect((await post('/v1/traces', 'text/plain')).status).toBe(415);
    expect((await post('/v1/metrics', 'application/json')).status).toBe(404);
    await thread.flush();
    const connection = connect(ports.http, HOST);
    await once(connection, 'connect');
    await vi.waitFor(async () => expect((await thread.counters()).doors.otlp_http.connections).toBeGreaterThan(0));
    const counters = await thread.counters();
    text = await openMetrics(
      async () => metricsText(daemonMetrics, READINGS) + metricsText(ingestMetrics, counters),
    ).text();
    connection.destroy();
    scrape = parsePrometheusText(text);
  });
  afterAll(async () => {
    await thread.close();
    await opened.remove();
  });

  it('counts records, bodies and bytes by door, what was refused, and what came twice', () => {
    const value = (name: string, labels?: Record<string, string>) => valueOf(scrape, `serin_ingest_${name}`, labels);
    expect(value('records_accepted_total', { kind: 'predictions', door: 'predictions/ndjson' })).toBe(2);
    expect(value('records_accepted_total', { kind: 'labels', door: 'labels/json' })).toBe(1);
    expect(value('records_rejected_total', { reason: 'not_a_number' })).toBe(1);
    // One within the body, three of the body that came again.
    expect(value('records_repeated_total')).toBe(4);
    expect(value('bodies_total', { door: 'predictions/ndjson', outcome: 'taken' })).toBe(1);
    expect(value('bodies_total', { door: 'predictions/ndjson', outcome: 'repeated' })).toBe(1);
    expect(value('bodies_total', { door: 'labels/json', outcome: 'invalid_request' })).toBe(1);
    expect(value('body_bytes_total', { door: 'labels/json' })).toBe(35 + 7);
    expect(value('otlp_answers_total', { port: 'otlp_http', status: '200' })).toBe(1);
    expect(value('otlp_answers_total', { port: 'otlp_http', status: '415' })).toBe(1);
    expect(value('otlp_answers_total', { port: 'otlp_http', status: '404' })).toBe(1);
    expect(value('otlp_connections', { port: 'otlp_http' })).toBeGreaterThanOrEqual(1);
    expect(value('otlp_connections', { port: 'otlp_grpc' })).toBe(0);
  });

  it('counts what the store confirmed, by table, and how long each step took', () => {
    const value = (name: string, labels?: Record<string, string>) => valueOf(scrape, `serin_ingest_${name}`, labels);
    expect(value('rows_stored_total', { table: 'predictions' })).toBe(2);
    expect(value('rows_stored_total', { table: 'labels' })).toBe(1);
    expect(value('rows_stored_total', { table: 'prediction_minutes' })).toBeGreaterThanOrEqual(2);
    // Two bodies taken, one repeated, and the empty one of traces; the broken one was read as well, in vain.
    expect(value('ack_seconds_count')).toBe(4);
    expect(value('decode_seconds_count')).toBe(3);
    expect(value('commit_seconds_count')).toBeGreaterThanOrEqual(3);
    expect(value('load_seconds_count')).toBeGreaterThanOrEqual(1);
    expect(value('seal_seconds_count')).toBe(value('load_seconds_count'));
    for (const step of ['ack', 'commit', 'decode', 'load', 'seal'])
      expect(value(`${step}_seconds_sum`)).toBeGreaterThan(0);
    expect(value('load_failures_total')).toBe(0);
    expect(value('spool_bytes')).toBe(0);
    expect(value('spool_segments')).toBe(0);
    expect(value('lag_seconds')).toBe(0);
    expect(value('remembered', { kind: 'ids' })).toBe(2);
    expect(value('remembered', { kind: 'bodies' })).toBe(3);
    expect(value('known', { kind: 'versions' })).toBe(1);
    expect(value('thread_busy_seconds_total')).toBeGreaterThan(0);
    expect(value('thread_heap_bytes')).toBeGreaterThan(1_000_000);
  });

  it('tells of every metric that is declared, under its type, with its labels', () => {
    // Nothing was mended or set aside here.
    const silent = new Set(['serin_ingest_records_mended_total', 'serin_ingest_set_aside_rows']);
    expect(declared.length).toBeGreaterThan(30);
    for (const { name, type, labels, help } of declared) {
      const family = scrape.get(name);
      if (silent.has(name)) continue;
      expect(family, name).toMatchObject({ type, help });
      for (const series of family?.series ?? [])
        expect(Object.keys(series.labels).filter((label) => label !== 'le')).toEqual(labels);
    }
    for (const name of scrape.keys())
      if (name.startsWith('serin_')) expect(declared.map((metric) => metric.name)).toContain(name);
  });

  it('names counters _total and only them, and gives every unit in its base form', () => {
    expect(new Set(declared.map(({ name }) => name)).size).toBe(declared.length);
    for (const { name, type, help } of declared) {
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(name, name).not.toMatch(/_(ms|milliseconds|kb|mb|count|sum|bucket)\b/);
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
      expect(help, name).toMatch(/\.$/);
    }
  });

  it('has histograms whose buckets add up', () => {
    const histograms = [...scrape.values()].filter(({ type }) => type === 'histogram');
    const own = histograms.filter(({ name }) => name.startsWith('serin_'));
    expect(own.length).toBe(5);
    for (const { name, series } of own) {
      const buckets = series.filter((one) => one.name === `${name}_bucket`);
      expect(buckets.map(({ labels }) => labels['le'])).toEqual([...BOUNDS_SECONDS.map(String), '+Inf']);
      const values = buckets.map(({ value }) => value);
      expect(values).toEqual([...values].sort((one, other) => one - other));
      expect(values.at(-1)).toBe(series.find((one) => one.name === `${name}_count`)?.value);
    }
  });

  it.skipIf(PROMTOOL_MISSING)('passes promtool (skipped where it is not installed)', () => {
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect(`${checked.stdout}${checked.stderr}`).toBe('');
    expect(checked.status).toBe(0);
  });
});

describe('a metric as text', () => {
  it('escapes what labels and help may not hold', () => {
    const metric: Metric<null> = {
      name: 'x',
      help: 'a \\ and a\nline',
      type: 'gauge',
      labels: ['path'],
      read: () => [[['a"b\\c\nd'], 1]],
    };
    const written = metricText(metric, null);
    expect(written).toBe('# HELP x a \\\\ and a\\nline\n# TYPE x gauge\nx{path="a\\"b\\\\c\\nd"} 1\n');
    expect(parsePrometheusText(written).get('x')?.series[0]?.labels).toEqual({ path: 'a"b\\c\nd' });
  });

  it('puts a time into the bucket whose upper end it does not pass', () => {
    const times = new TimeHistogram();
    for (const seconds of [0, 0.0005, 0.00051, 30, 31]) times.observe(seconds);
    const { counts, sumSeconds } = times.read();
    expect([counts[0], counts[1], counts.at(-2), counts.at(-1)]).toEqual([2, 1, 1, 1]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(sumSeconds).toBeCloseTo(61.00101, 10);
  });

  it('counts requests apart by route, method and status', () => {
    const { count, read } = openRequestCounts();
    count('/v1/a', 'GET', 200);
    count('/v1/a', 'GET', 200);
    count('/v1/a', 'GET', 404);
    expect(read()).toEqual([
      ['/v1/a', 'GET', '200', 2],
      ['/v1/a', 'GET', '404', 1],
    ]);
  });
});

describe('docs/metrics.md', async () => {
  const document = await readFile(join(PACKAGE_ROOT, 'docs/metrics.md'), 'utf8');
  const rows = [...document.matchAll(/^\| `(serin_\w+)` \| (\w+) \| (.*?) \| (.+) \|$/gm)].map(
    ([, name, type, labels = '', help]) => ({
      name,
      type,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
      help,
    }),
  );

  it('has every metric of the program, with its type, labels and meaning', () => {
    for (const { name, type, labels, help } of declared) expect(rows).toContainEqual({ name, type, labels, help });
  });

  it('has no metric that the program does not know, and none twice', () => {
    expect(rows.length).toBe(declared.length);
  });

  const rules = /```yaml\n(groups:[\s\S]+?)```/.exec(document)?.[1] ?? '';

  it('has rules about metrics that there are', () => {
    const names = new Set(rules.match(/\bserin_\w+/g) ?? []);
    expect(names.size).toBeGreaterThan(8);
    for (const name of names) {
      const family = name.replace(/_(bucket|sum|count)$/, '');
      expect(
        declared.some((metric) => metric.name === name || (metric.type === 'histogram' && metric.name === family)),
        name,
      ).toBe(true);
    }
  });

  it.skipIf(PROMTOOL_MISSING)('has rules that pass promtool (skipped where it is not installed)', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory.path, 'rules.yml');
    await writeFile(path, rules);
    const checked = spawnSync('promtool', ['check', 'rules', '--lint-fatal', path], { encoding: 'utf8' });
    await directory.remove();
    expect(checked.stderr).toBe('');
    expect(checked.status).toBe(0);
  });
});
