import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { KilledIngest } from '../support/killed-ingest.ts';
import { temporaryDirectory, temporaryStore } from '../support/temporary.ts';

const MINUTE = 60_000;
const KILLS = 100;
const CLIENTS = 4;
/** More than the operations of a start with leftovers and two whole segments. */
const STEPS = 110;

describe('a process that dies', () => {
  it(
    `by kill -9, ${KILLS} times under load, loses nothing and doubles nothing`,
    async () => {
      const directory = await temporaryDirectory();
      const ingest = new KilledIngest(directory.path);
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
      await ingest.loaded();
      expect(await ingest.end()).toBe(0);
      const stored = await ingest.stored();
      // eslint-disable-next-line no-console
      console.log(
        `${KILLS} kills: ${JSON.stringify(ingest.acked)} acked, ${ingest.resent} resent, stored ${JSON.stringify(stored)}`,
      );
      expect(stored).toEqual(ingest.expected());
      expect(ingest.resent).toBeGreaterThan(KILLS);
      await directory.remove();
    },
    40 * MINUTE,
  );

  it(
    `after the first operation on the spool, after the second, and so on to the ${STEPS}th, loses nothing and doubles nothing`,
    async () => {
      const { store, directory, remove } = await temporaryStore();
      const ingest = new KilledIngest(directory, {}, store);
      const stop = new AbortController();
      const client = ingest.client('c', stop.signal, 200);
      // Each life takes up what the one before left, and dies one operation later in its own.
      for (let step = 1; step <= STEPS; step++) {
        await ingest.start(step);
        expect(await ingest.dead(MINUTE), `step ${step}`).toBe(true);
      }
      stop.abort();
      await ingest.start();
      await client;
      await ingest.loaded();
      expect(await ingest.end()).toBe(0);
      const stored = await ingest.stored();
      // eslint-disable-next-line no-console
      console.log(
        `died after ${JSON.stringify(ingest.diedAfter)}; ${JSON.stringify(ingest.acked)} acked, ${ingest.resent} resent, stored ${JSON.stringify(stored)}`,
      );
      expect(stored).toEqual(ingest.expected());
      for (const operation of ['open', 'writev', 'datasync', 'sync', 'rename', 'rm'])
        expect(ingest.diedAfter[operation], operation).toBeGreaterThan(1);
      await remove();
    },
    40 * MINUTE,
  );
});
