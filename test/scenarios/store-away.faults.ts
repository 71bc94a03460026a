import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../daemon/clock.ts';
import { defaultConfig } from '../../daemon/config/config.ts';
import { openIngest, type Ingest } from '../../daemon/ingest/ingest.ts';
import { openStore, type Store } from '../../daemon/store/store.ts';
import { startClickHouseHttp } from '../support/clickhouse-http.ts';
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts';
import { span, traces } from '../support/protobuf.ts';
import { lines } from '../support/temporary-ingest.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const MINUTE = 60_000;
/** Of predictions and of spans a body. */
const RECORDS = 50;

/** The store is a server that goes away for 1, 10 and 60 minutes under load: 1.5, 11 and 65 minutes long. */
describe('a store that is away', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let server: Awaited<ReturnType<typeof startClickHouseHttp>>;
  let proxy: FaultyProxy;
  let store: Store;
  let ingest: Ingest;
  const acked = { predictions: 0, spans: 0 };

  beforeAll(async () => {
    directory = await temporaryDirectory();
    server = await startClickHouseHttp();
    proxy = await startFaultyProxy(server.url);
    store = await openStore({ ...defaultConfig().store, url: proxy.url }, directory.path);
    ingest = await openIngest({
      engine: store.loader,
      directory: join(directory.path, 'spool'),
      limits: defaultConfig().ingest,
      sliceTags: () => ['region'],
      clock: systemClock,
      log: pino({ level: 'silent' }),
    });
  }, 120_000);
  afterAll(async () => {
    await ingest.close();
    await store.close();
    await proxy.close();
    await server.stop();
    await directory.remove();
  });

  /** Sends bodies at a steady rate until told to stop. */
  async function load(perSecond: number, stop: AbortSignal): Promise<void> {
    const began = performance.now();
    for (let body = 0; !stop.aborted; body++) {
      const at = Date.now();
      const records = Array.from({ length: RECORDS }, (_, n) => ({
        prediction_id: `${at}-${body}-${n}`,
        model: `model ${body % 5}`,
        version: 'v1',
        timestamp: at,
        features: { amount: n, country: 'DE' },
        score: n / RECORDS,
        tags: { region: n % 2 === 0 ? 'EU' : 'US' },
      }));
      await ingest.accept('predictions', 'ndjson', lines(records));
      acked.predictions += RECORDS;
      await ingest.acceptOtlp('traces', 'protobuf', traces('service', ...records.map(() => span(at))));
      acked.spans += RECORDS;
      await pause(Math.max(0, began + (1000 * (body + 1)) / perSecond - performance.now()));
    }
  }

  const rows = (): number => acked.predictions + acked.spans;
  const stored = async (): Promise<Record<string, number>> => {
    const [counts] = await store.watcher.rows<Record<string, number>>(
      `SELECT (SELECT count() FROM {database}.predictions) AS predictions,
              (SELECT uniqExact(prediction_id) FROM {database}.predictions) AS prediction_ids,
              (SELECT sum(count) FROM {database}.prediction_minutes WHERE kind = 'score' AND slice = 'all') AS counted,
              (SELECT count() FROM {database}.otel_traces) AS spans,
              (SELECT uniqExact(SpanId) FROM {database}.otel_traces) AS span_ids,
              (SELECT sum(count) FROM {database}.span_minutes) AS counted_spans`,
    );
    return counts!;
  };

  async function stay(minutes: number, perSecond: number): Promise<void> {
    const stop = new AbortController();
    const before = { rows: rows(), at: performance.now() };
    const loading = load(perSecond, stop.signal);
    await pause(3000);
    await proxy.away();
    await pause(minutes * MINUTE);
    const rate = (rows() - before.rows) / ((performance.now() - before.at) / 1000);
    const behind = await ingest.counters();
    await proxy.back();
    const backAt = performance.now();
    const storedBefore = storedRows(behind.stored);
    let firstAt = 0;
    for (;;) {
      await pause(250);
      const now = await ingest.counters();
      if (firstAt === 0 && storedRows(now.stored) > storedBefore) firstAt = performance.now();
      if (firstAt > 0 && now.lagSeconds < 3) break;
      if (performance.now() - backAt > 10 * MINUTE) throw new Error(`it does not catch up: ${now.lagSeconds} s behind`);
    }
    const drained = storedRows((await ingest.counters()).stored) - storedBefore;
    const seconds = (performance.now() - firstAt) / 1000;
    stop.abort();
    await loading;
    await ingest.flush();
    const { predictions, spans } = acked;
    // eslint-disable-next-line no-console
    console.log(
      `away ${minutes} min at ${Math.round(rate)} records/s: ${behind.segments} segments, ${Math.round(behind.spoolBytes / 1e6)} MB in the spool; ` +
        `first load ${((firstAt - backAt) / 1000).toFixed(1)} s after it was back, caught up ${seconds.toFixed(1)} s later: ` +
        `${Math.round(drained / seconds)} records/s, ${(drained / seconds / rate).toFixed(1)} x the rate of intake; ` +
        `${predictions} predictions and ${spans} spans acked, as many stored`,
    );
    expect(await stored()).toEqual({
      predictions,
      prediction_ids: predictions,
      counted: predictions,
      spans,
      span_ids: spans,
      counted_spans: spans,
    });
    expect(await ingest.setAside()).toEqual([]);
    expect(drained / seconds).toBeGreaterThan(3 * rate);
  }

  it('for 1 minute', () => stay(1, 20), 10 * MINUTE);
  it('for 10 minutes', () => stay(10, 10), 30 * MINUTE);
  it('for 60 minutes', () => stay(60, 5), 90 * MINUTE);

  it(
    'for 70 % of its calls: what was sent is stored, once',
    async () => {
      const fates = ['before', 'after', 'overloaded', 'before', 'after', 'overloaded', 'after'] as const;
      proxy.fate = () => fates[Math.floor(Math.random() * 10)] ?? 'through';
      const stop = new AbortController();
      const loading = load(10, stop.signal);
      await pause(MINUTE);
      stop.abort();
      await loading;
      await ingest.flush();
      const { predictions, spans } = acked;
      // eslint-disable-next-line no-console
      console.log(`70 % of calls fail: ${JSON.stringify(proxy.seen)}; ${predictions + spans} records acked in all`);
      expect(proxy.seen.after).toBeGreaterThan(20);
      expect(await stored()).toMatchObject({ predictions, counted: predictions, spans, counted_spans: spans });
    },
    20 * MINUTE,
  );
});

/** Raw rows among those that the store confirmed. */
function storedRows(stored: Readonly<Record<string, number>>): number {
  return (stored['predictions'] ?? 0) + (stored['otel_traces'] ?? 0);
}
