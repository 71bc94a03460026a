import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../daemon/store/store.ts';
import { defaultConfig } from '../../daemon/config.ts';
import { span, traces } from '../support/protobuf.ts';
import { lines } from '../support/temporary-ingest.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const KILLS = 10;
const CLIENTS = 4;
const RECORDS = 20;
const ENTRY = fileURLToPath(new URL('../support/ingest-process.ts', import.meta.url));

interface Running {
  readonly process: ChildProcess;
  readonly port: number;
  readonly otlp: number;
}

async function start(directory: string): Promise<Running> {
  const child = spawn(process.execPath, ['--import', 'tsx', ENTRY, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the process ended with ${code} before it was ready`)));
  });
  return { process: child, ...(JSON.parse(line) as { port: number; otlp: number }) };
}

describe('kill -9 under load', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let running: Running | undefined;
  const stop = new AbortController();
  const acked = { predictions: 0, labels: 0, spans: 0 };
  let resent = 0;
  beforeAll(async () => {
    directory = await temporaryDirectory();
  });
  afterAll(async () => {
    running?.process.kill('SIGKILL');
    await directory.remove();
  });

  /** Sends a body until it is acked, whatever happens meanwhile. */
  async function deliver(path: string, type: string, body: Buffer): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      if (attempt > 0) resent++;
      try {
        const port = path === '/v1/traces' ? running?.otlp : running?.port;
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
          method: 'POST',
          headers: { 'content-type': type },
          body: new Uint8Array(body),
        });
        await answer.arrayBuffer();
        if (answer.status === 200) return;
      } catch {
        // Killed in mid-request: whether it was taken is not known here.
      }
      await pause(20);
    }
  }

  async function client(name: number): Promise<void> {
    for (let batch = 0; !stop.signal.aborted; batch++) {
      const ids = Array.from({ length: RECORDS }, (_, n) => `c${name}-b${batch}-${n}`);
      const at = Date.now();
      const predictions = ids.map((id, n) => ({
        prediction_id: id,
        model: 'fraud',
        version: 'v1',
        // Three months, so three partitions an insert.
        timestamp: at - (n % 3) * 31 * 86_400_000,
        features: { amount: n },
        score: n / RECORDS,
        tags: { region: n % 2 === 0 ? 'EU' : 'US' },
      }));
      await deliver('/predictions', 'application/x-ndjson', lines(predictions));
      acked.predictions += RECORDS;
      await deliver(
        '/labels',
        'application/x-ndjson',
        lines(ids.map((id) => ({ prediction_id: id, label: 1, timestamp: at }))),
      );
      acked.labels += RECORDS;
      await deliver('/v1/traces', 'application/x-protobuf', traces(`service ${name}`, ...ids.map(() => span(at))));
      acked.spans += RECORDS;
    }
  }

  it(`loses nothing and doubles nothing over ${KILLS} kills`, async () => {
    running = await start(directory.path);
    const clients = Array.from({ length: CLIENTS }, (_, name) => client(name));
    for (let kill = 0; kill < KILLS; kill++) {
      await pause(300 + Math.random() * 1000);
      running.process.kill('SIGKILL');
      await once(running.process, 'exit');
      running = await start(directory.path);
    }
    stop.abort();
    await Promise.all(clients);
    running.process.kill('SIGTERM');
    const [code] = (await once(running.process, 'exit')) as [number];
    expect(code).toBe(0);

    const store = await openStore(defaultConfig().store, directory.path);
    const [counts] = await store.watcher.rows(
      `SELECT (SELECT count() FROM {database}.predictions) AS predictions,
                (SELECT uniqExact(prediction_id) FROM {database}.predictions) AS prediction_ids,
                (SELECT sum(count) FROM {database}.prediction_minutes WHERE kind = 'score' AND slice = 'all') AS counted,
                (SELECT sum(count) FROM {database}.prediction_minutes WHERE kind = 'score' AND slice != 'all') AS sliced,
                (SELECT sum(arraySum(mapValues(numbers))) FROM {database}.prediction_minutes WHERE name = 'amount' AND slice = 'all') AS amounts,
                (SELECT count() FROM {database}.labels) AS labels,
                (SELECT uniqExact(prediction_id) FROM {database}.labels) AS labelled,
                (SELECT count() FROM {database}.otel_traces) AS spans,
                (SELECT uniqExact(SpanId) FROM {database}.otel_traces) AS span_ids,
                (SELECT sum(count) FROM {database}.span_minutes) AS counted_spans`,
    );
    await store.close();
    const { predictions, labels, spans } = acked;
    expect(predictions).toBeGreaterThan(1000);
    expect(resent).toBeGreaterThan(KILLS);
    expect(counts).toEqual({
      predictions,
      prediction_ids: predictions,
      counted: predictions,
      sliced: predictions,
      amounts: predictions,
      labels,
      labelled: labels,
      spans,
      span_ids: spans,
      counted_spans: spans,
    });
  }, 180_000);
});
