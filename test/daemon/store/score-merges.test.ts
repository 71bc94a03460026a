import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scoreMerges } from '../../../daemon/store/score-merges.ts';
import { temporaryStore } from '../../support/temporary.ts';

describe('merges of scores', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => (opened = await temporaryStore()));
  afterAll(() => opened.remove());

  const parts = async (): Promise<number> => {
    const [found] = await opened.store.watcher.rows<{ parts: number }>(
      `SELECT count() AS parts FROM system.parts WHERE active AND table = 'shadow_scores'`,
    );
    return found?.parts ?? 0;
  };
  const store = async (replay: string, count: number): Promise<void> => {
    for (let at = 0; at < count; at++)
      await opened.store.shadow.insert('shadow_scores', [
        { replay, model: 'm', version: 'v', prediction_id: `p${at}`, timestamp: '2026-01-01 00:00:00', score: 1 },
      ]);
  };
  const merged = (): Promise<unknown> => opened.store.watcher.run('OPTIMIZE TABLE {database}.shadow_scores FINAL');

  it('wait until they are resumed', async () => {
    const merges = await scoreMerges(opened.store)();
    await store('few', 20);
    await merges.check();
    expect(await parts()).toBe(20);
    await expect(merged()).rejects.toThrow(/[Cc]ancelled/);
    await merges.resume();
    await merged();
    expect(await parts()).toBe(1);
  });

  it('go on before there are too many parts', async () => {
    const merges = await scoreMerges(opened.store)();
    await store('many', 101);
    expect(await parts()).toBe(102);
    await merges.check();
    await merged();
    expect(await parts()).toBe(1);
    await merges.resume();
  });
});
