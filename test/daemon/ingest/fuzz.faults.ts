import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fuzzDoors } from '../../support/fuzz-doors.ts';
import { temporaryStore } from '../../support/temporary.ts';

const BODIES = 1_000_000;
const MEBIBYTE = 1024 * 1024;

/** About five minutes on two cores. */
describe('a million mutated bodies at every door', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(() => opened.remove());

  it('are taken or refused, every row loads, and memory stays flat', { timeout: 3_600_000 }, async () => {
    const began = performance.now();
    const { taken, refused, rows, heap } = await fuzzDoors(opened, BODIES, 20_261_125);
    expect(taken + refused).toBe(BODIES);
    const [stored] = await opened.store.watcher.rows<{ n: number }>('SELECT count() AS n FROM {database}.otel_traces');
    expect(stored?.n).toBe(rows.get('otel_traces'));
    expect(heap[1] - heap[0]).toBeLessThan(256 * MEBIBYTE);
    process.stdout.write(
      `${BODIES} bodies in ${Math.round((performance.now() - began) / 1000)} s: ${taken} taken, ${refused} refused, ` +
        `rows ${JSON.stringify(Object.fromEntries(rows))}, heap ${heap.map((bytes) => Math.round(bytes / MEBIBYTE)).join(' to ')} MiB\n`,
    );
  });
});
