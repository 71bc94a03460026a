import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KilledIngest } from '../support/killed-ingest.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const MINUTE = 60_000;
const KILLS = 100;
const CLIENTS = 4;
/** More than the operations of a start with leftovers and two whole segments. */
const STEPS = 110;

/** About 5 minutes for the kills and 6 for the steps on two quiet cores. */
describe('a process that dies', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let ingest: KilledIngest;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    ingest = new KilledIngest(directory.path);
  });
  afterEach(() => directory.remove());

  it(
    `by kill -9, ${KILLS} times under load, loses nothing and doubles nothing`,
    async () => {
      const stop = new AbortController();
      await ingest.start();
      const clients = Array.from({ length: CLIENTS }, (_, name) => ingest.client(String(name), stop.signal));
      for (let kill = 0; kill < KILLS; kill++) {
        await pause(500 + Math.random() * 1500);
        await ingest.kill();
        await ingest.start();
      }
      stop.abort();
      await Promise.all(clients);
      expect(await ingest.end()).toBe(0);
      const stored = await ingest.stored();
      // eslint-disable-next-line no-console
      console.log(
        `${KILLS} kills: ${JSON.stringify(ingest.acked)} acked, ${ingest.resent} resent, stored ${JSON.stringify(stored)}`,
      );
      expect(stored).toEqual(ingest.expected());
      expect(ingest.resent).toBeGreaterThan(KILLS);
    },
    40 * MINUTE,
  );

  it(
    `after the first operation on the spool, after the second, and so on to the ${STEPS}th, loses nothing and doubles nothing`,
    async () => {
      for (let step = 1; step <= STEPS; step++) {
        await ingest.start(step);
        const delivered = ingest.deliverAll(`step${step}`);
        // It dies within a segment or two; where it has fewer operations left, it is killed.
        if (!(await ingest.dead(3000))) await ingest.kill();
        await ingest.start();
        await delivered;
        await ingest.kill();
      }
      await ingest.start();
      expect(await ingest.end()).toBe(0);
      const stored = await ingest.stored();
      // eslint-disable-next-line no-console
      console.log(
        `died after ${JSON.stringify(ingest.diedAfter)}; ${JSON.stringify(ingest.acked)} acked, ${ingest.resent} resent, stored ${JSON.stringify(stored)}`,
      );
      expect(stored).toEqual(ingest.expected());
      for (const operation of ['open', 'writev', 'datasync', 'sync', 'rename', 'rm'])
        expect(ingest.diedAfter[operation], operation).toBeGreaterThan(1);
    },
    40 * MINUTE,
  );
});
