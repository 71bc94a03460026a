import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KilledIngest } from '../support/killed-ingest.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const KILLS = 5;
const CLIENTS = 4;

describe('kill -9 under load', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeAll(async () => {
    directory = await temporaryDirectory();
  });
  afterAll(() => directory.remove());

  it(`loses nothing and doubles nothing over ${KILLS} kills`, async () => {
    const ingest = new KilledIngest(directory.path);
    const stop = new AbortController();
    await ingest.start();
    const clients = Array.from({ length: CLIENTS }, (_, name) => ingest.client(String(name), stop.signal));
    for (let kill = 0; kill < KILLS; kill++) {
      await pause(300 + Math.random() * 1000);
      await ingest.kill();
      await ingest.start();
    }
    stop.abort();
    await Promise.all(clients);
    expect(await ingest.end()).toBe(0);
    expect(ingest.acked.predictions).toBeGreaterThan(200);
    expect(ingest.resent).toBeGreaterThan(KILLS);
    expect(await ingest.stored()).toEqual(ingest.expected());
  }, 180_000);
});
