import { describe, expect, it } from 'vitest';
import { RememberedBodies } from '../../../../daemon/ingest/spool/remembered-bodies.ts';

const REMEMBER = 1000;
const MOST = 500;

describe('bodies that were acked', () => {
  it('are found for as long as they are to be, as in a list that is looked through', () => {
    const bodies = new RememberedBodies<number>(REMEMBER, MOST);
    const list: { hash: string; receivedAt: number; answer: number }[] = [];
    let now = 0;
    let found = 0;
    for (let step = 0; step < 20_000; step++) {
      // Some come again, others are new; at times so slowly that age ends them, at times so fast that their number does.
      now += step % 4000 < 2000 ? 7 : 1;
      const hash = `b${(step * 7919) % 311}`;
      const lately = list.slice(-Math.floor(MOST / 2)).findLast((body) => body.hash === hash);
      const expected = lately !== undefined && lately.receivedAt + REMEMBER > now ? lately : undefined;
      const seen = bodies.find(hash, now);
      if (expected !== undefined) {
        expect(seen).toEqual(expected);
        found++;
      }
      if (seen !== undefined) expect(seen.receivedAt + REMEMBER).toBeGreaterThan(now);
      else {
        const body = { hash, receivedAt: now, answer: step };
        bodies.add(body);
        list.push(body);
      }
      // A repeat of what has just been taken, at the least.
      expect(bodies.find(hash, now)).toBeDefined();
    }
    expect(bodies.size).toBeLessThanOrEqual(MOST);
    expect(found).toBeGreaterThan(1000);
  });

  it('are found by their newest answer, and by none once that is too old', () => {
    const bodies = new RememberedBodies<string>(REMEMBER);
    bodies.add({ hash: 'a', receivedAt: 0, answer: 'first' });
    bodies.add({ hash: 'a', receivedAt: REMEMBER, answer: 'second' });
    expect(bodies.find('a', REMEMBER + 1)?.answer).toBe('second');
    expect(bodies.find('a', 2 * REMEMBER - 1)?.answer).toBe('second');
    expect(bodies.find('a', 2 * REMEMBER)).toBeUndefined();
  });

  it('cost as much when the oldest go with each new one as before', () => {
    const most = 40_000;
    const bodies = new RememberedBodies<number>(1e9, most);
    const fill = (round: number): number => {
      const before = process.cpuUsage();
      for (let at = 0; at < most; at++) bodies.add({ hash: `${round}.${at}`, receivedAt: round, answer: at });
      const { user } = process.cpuUsage(before);
      return user;
    };
    const first = fill(0);
    // Forgotten one by one, out of the front of one Map, they cost twenty times as much.
    expect(Math.min(...[1, 2, 3, 4].map(fill))).toBeLessThan(5 * first + 20_000);
  });
});
