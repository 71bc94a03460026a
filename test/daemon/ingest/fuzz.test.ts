import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fuzzDoors } from '../../support/fuzz-doors.ts';
import { temporaryStore } from '../../support/temporary.ts';

describe('mutated bodies at every door', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(() => opened.remove());

  it('are taken or refused, and the engine takes every row of them', async () => {
    const { taken, refused, rows } = await fuzzDoors(opened, 20_000, 7);
    expect(taken).toBeGreaterThan(2000);
    expect(refused).toBeGreaterThan(2000);
    expect([...rows.keys()].sort()).toEqual([
      'labels',
      'otel_traces',
      'prediction_minutes',
      'predictions',
      'span_minutes',
    ]);
    const [stored] = await opened.store.watcher.rows<{ n: number }>('SELECT count() AS n FROM {database}.otel_traces');
    expect(stored?.n).toBe(rows.get('otel_traces'));
  });
});
