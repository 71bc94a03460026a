import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CommitPace } from '../../../daemon/ingest/commit-pace.ts';

const timed = async (act: () => Promise<void>): Promise<number> => {
  const began = performance.now();
  await act();
  return performance.now() - began;
};

describe('the pace of commits', () => {
  it('never lets a body wait that came alone, or after a pause', async () => {
    const pace = new CommitPace();
    const alone: number[] = [];
    for (let round = 0; round < 50; round++) alone.push(await timed(() => pace.gather(() => 1)));
    expect(Math.min(...alone)).toBeLessThan(0.5);
    expect(median(alone)).toBeLessThan(0.9);
    const late: number[] = [];
    for (let round = 0; round < 9; round++) {
      await sleep(6);
      late.push(await timed(() => pace.gather(() => 20)));
    }
    expect(median(late)).toBeLessThan(0.9);
  });

  it('keeps commits apart while bodies come, and no longer', async () => {
    const pace = new CommitPace();
    const [coming, enough, looks]: number[][] = [[], [], []];
    for (let round = 0; round < 9; round++) {
      await pace.gather(() => 2);
      let queued = 0;
      coming!.push(await timed(() => pace.gather(() => ++queued)));
      enough!.push(await timed(() => pace.gather(() => 100)));
      // Those who wait for their answers send nothing meanwhile: a look or two, and they have them.
      let times = 0;
      await pace.gather(() => (times++, 3));
      looks!.push(times);
    }
    expect(median(coming!)).toBeGreaterThan(2.5);
    expect(median(enough!)).toBeLessThan(0.9);
    expect(Math.max(...looks!)).toBeLessThan(10);
  });
});

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1]!;
}
