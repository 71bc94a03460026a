import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import type { WorkerStart } from '../../shadow/score-messages.ts';
import { openScoringThreads } from '../../shadow/scoring-threads.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { slowModelFolder } from './model-folder.ts';

const TIMEOUT_MS = 1500;

describe('kept scoring threads', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let start: WorkerStart;
  const opened: ReturnType<typeof openScoringThreads>[] = [];
  const open = (keptMs?: number): ReturnType<typeof openScoringThreads> => {
    const threads = openScoringThreads(keptMs);
    opened.push(threads);
    return threads;
  };
  beforeAll(async () => {
    directory = await temporaryDirectory();
    start = {
      folder: await slowModelFolder(join(directory.path, 'slow'), 20),
      sha256: null,
      format: 'graph',
      width: 1,
      backend: 'cpu',
      memoryMb: 1024,
      probe: null,
      golden: { rows: new Float32Array(), scores: null },
    };
  });
  afterAll(async () => {
    await Promise.all(opened.map((threads) => threads.close()));
    await directory.remove();
  });

  it('go to who asks for the same model under the same limits, and to nobody else', async () => {
    const threads = open();
    const first = await threads.take(start, TIMEOUT_MS);
    await threads.giveBack(first);
    const others = await Promise.all([
      threads.take({ ...start, memoryMb: 512 }, TIMEOUT_MS),
      threads.take({ ...start, sha256: {} }, TIMEOUT_MS).catch(() => undefined),
      threads.take(start, 2 * TIMEOUT_MS),
    ]);
    expect(others).not.toContain(first);
    const again = await threads.take(start, TIMEOUT_MS);
    expect(again).toBe(first);
    expect((await again.ask('score', Float32Array.from([1]), 1))[0]).toBe(0.5);
    // It is in use: who asks now gets another one.
    const another = await threads.take(start, TIMEOUT_MS);
    expect(another).not.toBe(first);
    for (const thread of [...others, again, another]) if (thread !== undefined) await threads.giveBack(thread);
  });

  it('end when nobody asks for them in time', async () => {
    const threads = open(50);
    const thread = await threads.take(start, TIMEOUT_MS);
    await threads.giveBack(thread);
    expect(thread.alive).toBe(true);
    await expect.poll(() => thread.alive).toBe(false);
    expect(await threads.take(start, TIMEOUT_MS)).not.toBe(thread);
  });

  it('are four at the most: what was given back first ends', async () => {
    const threads = open();
    const taken = await Promise.all(Array.from({ length: 5 }, () => threads.take(start, TIMEOUT_MS)));
    for (const thread of taken) await threads.giveBack(thread);
    expect(taken.map((thread) => thread.alive)).toEqual([false, true, true, true, true]);
    await threads.close();
    expect(taken.some((thread) => thread.alive)).toBe(false);
  });

  it('are not kept while they still score, nor after they hung', async () => {
    const threads = open();
    const busy = await threads.take(start, TIMEOUT_MS);
    const scoring = busy.ask('score', Float32Array.from([3000]), 1);
    const rejected = expect(scoring).rejects.toThrow(/closed/);
    await threads.giveBack(busy);
    await rejected;
    const hung = await threads.take(start, TIMEOUT_MS);
    await expect(hung.ask('score', Float32Array.from([3000]), 1)).rejects.toMatchObject({ fault: 'timeout' });
    await threads.giveBack(hung);
    const fresh = await threads.take(start, TIMEOUT_MS);
    expect([busy, hung]).not.toContain(fresh);
    await threads.giveBack(fresh);
  });
});
