import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDaemon, type RunningDaemon } from '../support/daemon.ts';
import { attribute, field, span, traces } from '../support/protobuf.ts';

const MINUTE = 60_000;
const MINUTES = 10;
const SPANS = 500;
/** Requests under way at once: far more than the daemon answers in a second. */
const UNDERWAY = 200;
const MEGABYTE = 1_048_576;
/** With the engine inside, which keeps more the more it stores: 967 were seen. */
const MOST_RESIDENT_MB = 1250;

/** 12 minutes: ten of overload, and the time that the store needs afterwards. The daemon must have been built. */
describe('a daemon that is sent more than it can take', () => {
  let daemon: RunningDaemon;
  beforeAll(async () => {
    // Small, so that it is full after a minute and stays so.
    daemon = await startDaemon({ log: 'error', ingest: { spool_bytes: 128 * MEGABYTE } });
  });
  afterAll(async () => {
    await daemon.stop();
  });

  const residentMegabytes = async (): Promise<number> => {
    const status = await readFile(`/proc/${daemon.process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  };

  /** What is Serin's own: the heap of its ingest thread, and bodies that are not answered yet. */
  const ownMegabytes = async (): Promise<number> => {
    const metrics = await (await fetch(`${daemon.api}/metrics`)).text();
    const of = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? NaN);
    return (of('serin_ingest_thread_heap_bytes') + of('serin_ingest_waiting_bytes')) / MEGABYTE;
  };

  it(
    `for ${MINUTES} minutes answers 429, keeps its memory, and loses nothing that it acked`,
    async () => {
      const body = new Uint8Array(traces('load', ...Array.from({ length: SPANS }, (_, n) => bigSpan(n))));
      const place = Buffer.from(body).indexOf(MARK);
      const answers: Record<string, number> = {};
      const stop = Date.now() + MINUTES * MINUTE;
      let sent = 0;
      const client = async (): Promise<void> => {
        while (Date.now() < stop) {
          const own = new Uint8Array(body);
          new DataView(own.buffer).setUint32(place + 8, ++sent);
          const answer = await fetch(`${daemon.otlpHttp}/v1/traces`, {
            method: 'POST',
            headers: { 'content-type': 'application/x-protobuf' },
            body: own,
          }).catch(() => undefined);
          const status = String(answer?.status ?? 'broken');
          answers[status] = (answers[status] ?? 0) + 1;
          await answer?.arrayBuffer();
          if (status !== '200') await pause(20);
        }
      };
      const clients = Array.from({ length: UNDERWAY }, client);
      const samples: [minutes: number, megabytes: number][] = [];
      const own: number[] = [];
      const began = Date.now();
      while (Date.now() < stop) {
        samples.push([(Date.now() - began) / MINUTE, await residentMegabytes()]);
        own.push(await ownMegabytes());
        await pause(5000);
      }
      await Promise.all(clients);
      const acked = (answers['200'] ?? 0) * SPANS;
      let stored = 0;
      for (const until = Date.now() + 5 * MINUTE; stored < acked && Date.now() < until; await pause(1000)) {
        const status = (await (await fetch(`${daemon.api}/v1/status`)).json()) as { stored: { spans: number } };
        stored = status.stored.spans;
      }
      const steady = samples.filter(([minutes]) => minutes >= 2);
      const sizes = steady.map(([, megabytes]) => megabytes);
      const slope = slopeOf(steady);
      // eslint-disable-next-line no-console
      console.log(
        `${MINUTES} min of overload: answers ${JSON.stringify(answers)}; ${acked} spans acked, ${stored} stored; ` +
          `RSS ${Math.round(Math.min(...sizes))} to ${Math.round(Math.max(...sizes))} MB after the second minute, ` +
          `${slope.toFixed(1)} MB a minute, of its own ${Math.round(Math.max(...own))} at most; first ${samples.map(([, megabytes]) => Math.round(megabytes)).join(' ')}`,
      );
      expect(answers['429']).toBeGreaterThan(0);
      expect(stored).toBe(acked);
      expect(Math.max(...sizes)).toBeLessThan(MOST_RESIDENT_MB);
      const half = Math.floor(own.length / 2);
      expect(Math.max(...own.slice(half))).toBeLessThan(1.5 * Math.max(...own.slice(0, half)));
    },
    (MINUTES + 10) * MINUTE,
  );
});

const MARK = 'same in every body: ';

function bigSpan(n: number): Buffer {
  const more = Array.from({ length: 11 }, (_, at) => attribute(9, `key.number.${at}`, field(1, `value ${at} of ${n}`)));
  const id = Buffer.alloc(16);
  id.write('overload', 8);
  id.writeUInt32BE(n + 1, 0);
  return span(Date.now(), { traceId: id, more: [...more, attribute(9, 'mark', field(1, MARK))] });
}

/** Least squares. */
function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))];
  const along = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
  return along / points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
}
