import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { processorWait } from '../../shadow/processor-wait.ts';

const counted = existsSync('/proc/thread-self/schedstat');
const BUSY = 'const until = Date.now() + 3_000; while (Date.now() < until);';

/** Works for so long without a pause; milliseconds waited and passed meanwhile. */
function work(milliseconds: number): { readonly waited: number; readonly passed: number } {
  const wait = processorWait();
  const began = performance.now();
  const before = wait();
  while (performance.now() - began < milliseconds);
  return { waited: wait() - before, passed: performance.now() - began };
}

describe('waiting for a processor', () => {
  it.skipIf(!counted)(
    `grows where more threads want one than there are, and is less than what passed${counted ? '' : ' (skipped: only Linux counts it)'}`,
    async () => {
      const others = Array.from({ length: 2 * availableParallelism() }, () => new Worker(BUSY, { eval: true }));
      try {
        await Promise.all(others.map((other) => new Promise((resolve) => other.once('online', resolve))));
        const { waited, passed } = work(500);
        expect(waited).toBeGreaterThan(50);
        expect(waited).toBeLessThan(passed);
      } finally {
        await Promise.all(others.map((other) => other.terminate()));
      }
    },
  );

  it('is not what a thread waits for by itself', async () => {
    const wait = processorWait();
    const before = wait();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(wait() - before).toBeLessThan(200);
  });
});
