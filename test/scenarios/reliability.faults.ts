import { execFileSync } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../daemon/clock.ts';
import { defaultConfig } from '../../daemon/config/config.ts';
import { SerinError } from '../../daemon/errors.ts';
import { openIngest, type Ingest } from '../../daemon/ingest/ingest.ts';
import type { Engine } from '../../daemon/store/engine.ts';
import { openStore } from '../../daemon/store/store.ts';
import { startDaemon } from '../support/daemon.ts';
import { span, traces } from '../support/protobuf.ts';
import { lines } from '../support/temporary-ingest.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const MINUTE = 60_000;
const CUTS = 1000;
const COUNTS = `SELECT (SELECT count() FROM {database}.predictions) AS predictions,
    (SELECT sum(count) FROM {database}.prediction_minutes WHERE kind = 'score' AND slice = 'all') AS counted,
    (SELECT count() FROM {database}.labels) AS labels,
    (SELECT count() FROM {database}.otel_traces) AS spans,
    (SELECT sum(count) FROM {database}.span_minutes) AS counted_spans`;

function tell(text: string): void {
  // eslint-disable-next-line no-console
  console.log(text);
}

/** About 5 minutes in all on two quiet cores; each test says what it saw. The daemon must have been built. */
describe('what the intake survives', () => {
  const cleanups: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  let next = 0;
  const bodies = (count: number) => {
    const at = Date.now();
    const ids = Array.from({ length: count }, () => `p${next++}`);
    return {
      predictions: lines(
        ids.map((id) => ({
          prediction_id: id,
          model: 'm',
          version: 'v1',
          timestamp: at,
          score: 0.5,
          features: { a: 1 },
        })),
      ),
      labels: lines(ids.map((id) => ({ prediction_id: id, label: 1 }))),
      traces: traces('s', ...ids.map(() => span(at))),
    };
  };
  const send = async (ingest: Ingest, count: number): Promise<void> => {
    const { predictions, labels, traces: spans } = bodies(count);
    await ingest.accept('predictions', 'ndjson', predictions);
    await ingest.accept('labels', 'ndjson', labels);
    await ingest.acceptOtlp('traces', 'protobuf', spans);
  };
  const open = async (
    directory: string,
    wrap: (engine: Engine) => Engine = (engine) => engine,
    changes: object = {},
  ) => {
    const store = await openStore(defaultConfig().store, directory);
    const ingest = await openIngest({
      engine: wrap(store.loader),
      directory: join(directory, 'spool'),
      limits: { ...defaultConfig().ingest, ...changes },
      sliceTags: () => [],
      clock: systemClock,
      log: pino({ level: 'silent' }),
    });
    return {
      store,
      ingest,
      counts: async () => (await store.watcher.rows(COUNTS))[0],
      close: async () => {
        await ingest.close();
        await store.close();
      },
    };
  };
  const all = (count: number) => ({
    predictions: count,
    counted: count,
    labels: count,
    spans: count,
    counted_spans: count,
  });

  it(
    `an answer that is cut after the insert, ${CUTS} times: nothing is doubled`,
    async () => {
      const { path, remove } = await temporaryDirectory();
      cleanups.push(remove);
      let cut = 0;
      const tried = new Set<string>();
      const opened = await open(path, (engine) => ({
        ...engine,
        insertBlocks: async (table, columns, file, token, doubtful) => {
          await engine.insertBlocks(table, columns, file, token, doubtful);
          if (tried.has(token)) return;
          tried.add(token);
          cut++;
          throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
        },
      }));
      cleanups.push(opened.close);
      let sent = 0;
      // Five tables a segment.
      for (; sent < CUTS / 5; sent++) {
        await send(opened.ingest, 1);
        await opened.ingest.flush();
      }
      expect(cut).toBe(CUTS);
      const stored = await opened.counts();
      tell(`${cut} answers cut after the insert: ${JSON.stringify(stored)} of ${sent} of each`);
      expect(stored).toEqual(all(sent));
    },
    20 * MINUTE,
  );

  it(
    'a retry when the real engine has forgotten the tokens: nothing is doubled',
    async () => {
      const { path, remove } = await temporaryDirectory();
      cleanups.push(remove);
      let failing = true;
      const first = new Set<string>();
      const opened = await open(
        path,
        (engine) => ({
          ...engine,
          insertBlocks: async (table, columns, file, token, doubtful) => {
            const segment = token.slice(0, 25);
            if (first.size === 0) first.add(segment);
            if (!first.has(segment) || !failing) return engine.insertBlocks(table, columns, file, token, doubtful);
            await engine.insertBlocks(table, columns, file, token, doubtful);
            throw Object.assign(new Error('Type mismatch'), { code: '53' });
          },
        }),
        { load_tries: 2 },
      );
      cleanups.push(opened.close);
      const tables = ['otel_traces', 'span_minutes', 'predictions', 'prediction_minutes', 'labels'];
      for (const table of tables)
        await opened.store.writer.run(
          `ALTER TABLE {database}.${table} MODIFY SETTING non_replicated_deduplication_window = 3`,
        );
      await send(opened.ingest, 5);
      await opened.ingest.flush();
      for (let other = 0; other < 10; other++) {
        await send(opened.ingest, 1);
        await opened.ingest.flush();
      }
      failing = false;
      // The engine itself takes the token of the first segment for a new one by now.
      const [{ segment } = { segment: '' }] = await opened.ingest.setAside();
      expect(await opened.ingest.retry(segment)).toMatchObject({ state: 'loaded' });
      const stored = await opened.counts();
      tell(`retried behind a window of 3 tokens, 10 segments later: ${JSON.stringify(stored)} of 15 of each`);
      expect(stored).toEqual(all(15));
    },
    5 * MINUTE,
  );

  it(
    'a full disk, under spool and store both, until it has room again',
    async ({ skip }) => {
      const { path, remove } = await temporaryDirectory();
      cleanups.push(remove);
      const disk = join(path, 'disk');
      await mkdir(disk);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=192m', 'tmpfs', disk], { stdio: 'ignore' });
      } catch {
        skip('no small disk can be mounted here: this needs root');
      }
      cleanups.push(async () => void execFileSync('umount', [disk]));
      const opened = await open(disk);
      cleanups.push(opened.close);
      await send(opened.ingest, 100);
      let acked = 100;
      const free = async (): Promise<number> => {
        const { bavail, bsize } = await statfs(disk);
        return bavail * bsize;
      };
      const ballast = join(disk, 'ballast');
      await writeFile(ballast, Buffer.alloc(Math.max(0, (await free()) - 300_000), 1));
      const refusals: Record<string, number> = {};
      const until = Date.now() + 20_000;
      let refusedAt = 0;
      while (Date.now() < until) {
        try {
          await send(opened.ingest, 100);
          acked += 100;
        } catch (error) {
          if (!(error instanceof SerinError)) throw error;
          expect(error.retryAfterSeconds).toBeGreaterThan(0);
          refusals[error.code] = (refusals[error.code] ?? 0) + 1;
          refusedAt ||= Date.now();
          await pause(100);
        }
      }
      expect(refusedAt).toBeGreaterThan(0);
      await rm(ballast);
      const freedAt = Date.now();
      for (;;) {
        try {
          await send(opened.ingest, 100);
          acked += 100;
          break;
        } catch (error) {
          if (!(error instanceof SerinError)) throw error;
          await pause(100);
        }
      }
      const recovered = Date.now() - freedAt;
      await opened.ingest.flush();
      const stored = (await opened.counts()) as Record<string, number>;
      tell(
        `full disk: refused ${JSON.stringify(refusals)} in 20 s, took again ${recovered} ms after there was room; ${JSON.stringify(stored)} of at least ${acked} acked`,
      );
      // Of a send that was refused half-way, some bodies were acked.
      expect(stored['predictions']).toBeGreaterThanOrEqual(acked);
      expect(stored['predictions']).toBe(stored['counted']);
      expect(stored['spans']).toBe(stored['counted_spans']);
      expect(stored['spans']).toBeGreaterThanOrEqual(acked);
      expect(await opened.ingest.setAside()).toEqual([]);
      expect(recovered).toBeLessThan(5000);
    },
    10 * MINUTE,
  );

  it(
    'SIGTERM under load: everything acked is there after the restart; SIGSTOP for 5 s: no alert',
    async () => {
      const { path, remove } = await temporaryDirectory();
      cleanups.push(remove);
      const first = await startDaemon({ log: 'error' }, path);
      let acked = 0;
      const stop = new AbortController();
      const client = async (): Promise<void> => {
        while (!stop.signal.aborted) {
          const answer = await fetch(`${first.api}/v1/predictions`, {
            method: 'POST',
            headers: { 'content-type': 'application/x-ndjson' },
            body: new Uint8Array(bodies(50).predictions),
          }).catch(() => undefined);
          if (answer?.status === 200) acked += 50;
          else await pause(50);
        }
      };
      const clients = [client(), client(), client(), client()];
      await pause(3000);
      first.process.kill('SIGSTOP');
      await pause(5000);
      first.process.kill('SIGCONT');
      await pause(15_000);
      const { alerts } = (await (await fetch(`${first.api}/v1/alerts`)).json()) as { alerts: unknown[] };
      const began = Date.now();
      const code = await first.stop();
      const took = Date.now() - began;
      stop.abort();
      await Promise.all(clients);
      const again = await startDaemon({ log: 'error' }, path);
      let stored = 0;
      for (let tries = 0; tries < 100 && stored < acked; tries++) {
        await pause(200);
        const status = (await (await fetch(`${again.api}/v1/status`)).json()) as { stored: { predictions: number } };
        stored = status.stored.predictions;
      }
      expect(await again.stop()).toBe(0);
      tell(
        `SIGTERM under load: ended with ${code} after ${took} ms; ${acked} acked, ${stored} stored; ${alerts.length} alerts`,
      );
      expect(code).toBe(0);
      expect(took).toBeLessThan(10_000);
      expect(stored).toBeGreaterThanOrEqual(acked);
      expect(alerts).toEqual([]);
    },
    5 * MINUTE,
  );
});
