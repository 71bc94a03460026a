import { pino } from 'pino';
import { expect, it } from 'vitest';
import { startTicker } from '../../daemon/ticker.ts';

const log = pino({ level: 'silent' });

it('goes on after a turn that failed, and never runs two at once', async () => {
  let running = 0;
  let most = 0;
  let turns = 0;
  let enough: () => void = () => undefined;
  const three = new Promise<void>((resolve) => (enough = resolve));
  const ticker = startTicker(
    0,
    async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (++turns === 3) enough();
      if (turns === 1) throw new Error('the first turn fails');
    },
    log,
  );
  await three;
  await ticker.stop();
  expect(most).toBe(1);
  const after = turns;
  await new Promise((resolve) => setImmediate(resolve));
  expect(turns).toBe(after);
});

it('stops at once in the middle of a long pause', async () => {
  let turned: () => void = () => undefined;
  const first = new Promise<void>((resolve) => (turned = resolve));
  const ticker = startTicker(3_600_000, async () => turned(), log);
  await first;
  await ticker.stop();
});
