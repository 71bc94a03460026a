import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openLease, type Lease } from '../../daemon/lease.ts';
import { leaseRows, type LeaseRows } from '../../daemon/store/lease-rows.ts';
import { temporaryStore } from '../support/temporary.ts';

const TIMEOUT = 30_000;

describe('the lease', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let rows: LeaseRows;
  /** Time that goes by, for all; and what each one's clock shows beside it. */
  let elapsed = 0;
  beforeAll(async () => {
    opened = await temporaryStore();
    rows = leaseRows(opened.store.writer);
  });
  afterAll(() => opened.remove());
  beforeEach(async () => {
    elapsed = 1_000_000;
    const { number } = await rows.newest();
    await rows.claim({ number: number + 1, holder: '' });
  });
  let names = 0;
  const open = (clockIsAhead = 0, using = rows): Lease =>
    openLease({
      rows: using,
      holder: `daemon ${names++}`,
      timeoutMs: TIMEOUT,
      elapsed: () => elapsed,
      clock: { now: () => Date.UTC(2026, 0) + elapsed + clockIsAhead },
      log: pino({ level: 'silent' }),
    });
  const held = (...leases: Lease[]): boolean[] => leases.map((lease) => lease.since() !== undefined);

  it('lets one claim of a number in, however many come at once', async () => {
    const { number } = await rows.newest();
    for (let next = number + 1; next < number + 6; next++) {
      const claims = Array.from({ length: 20 }, (_, n) => rows.claim({ number: next, holder: `racer ${n}` }));
      expect((await Promise.all(claims)).filter((won) => won)).toHaveLength(1);
    }
  });

  it('is held by one, renewed by it, and left to it', async () => {
    const [one, other] = [open(), open()];
    await Promise.all([one.turn(), other.turn()]);
    const first = held(one, other);
    expect(first.filter((has) => has)).toHaveLength(1);
    for (let turns = 0; turns < 20; turns++) {
      elapsed += TIMEOUT / 6;
      await Promise.all([one.turn(), other.turn()]);
      expect(held(one, other)).toEqual(first);
    }
  });

  it('is over before another takes it, when its holder falls silent', async () => {
    const [silent, other] = [open(), open()];
    await silent.turn();
    const began = silent.since()!;
    await other.turn();
    let both = 0;
    let takenAfter = 0;
    for (const from = elapsed; takenAfter === 0; elapsed += 100) {
      await other.turn();
      if (held(silent, other).every((has) => has)) both++;
      if (other.since() !== undefined) takenAfter = elapsed - from;
    }
    expect(both).toBe(0);
    expect(takenAfter).toBe(TIMEOUT);
    expect(other.since()).toBeGreaterThan(began);
    // The one that wakes up does not believe that it still has it, and finds that it has not.
    expect(silent.since()).toBeUndefined();
    await silent.turn();
    expect(held(silent, other)).toEqual([false, true]);
  });

  it.each([-86_400_000, 86_400_000])('does not mind a clock that is %i ms off', async (ahead) => {
    const [one, other] = [open(ahead), open()];
    await one.turn();
    for (let turns = 0; turns < 20; turns++) {
      elapsed += TIMEOUT / 6;
      await one.turn();
      await other.turn();
      expect(held(one, other)).toEqual([true, false]);
    }
    elapsed += TIMEOUT;
    await other.turn();
    expect(held(one, other)).toEqual([false, true]);
    expect(one.since()).toBeUndefined();
  });

  it('is over for a holder whose machine slept, though the time that it counts stood still', async () => {
    let slept = 0;
    const lease = openLease({
      rows,
      holder: 'sleeper',
      timeoutMs: TIMEOUT,
      elapsed: () => elapsed,
      clock: { now: () => elapsed + slept },
      log: pino({ level: 'silent' }),
    });
    await lease.turn();
    expect(held(lease)).toEqual([true]);
    slept = TIMEOUT;
    expect(held(lease)).toEqual([false]);
    slept = -TIMEOUT;
    expect(held(lease)).toEqual([false]);
  });

  it('goes on at once after it was given back', async () => {
    const [one, other] = [open(), open()];
    await one.turn();
    await other.turn();
    await one.close();
    await other.turn();
    expect(held(one, other)).toEqual([false, true]);
  });

  it('is not held on a claim whose answer came too late', async () => {
    const slow: LeaseRows = {
      newest: rows.newest,
      claim: async (claim) => {
        elapsed += TIMEOUT;
        return rows.claim(claim);
      },
    };
    const lease = open(0, slow);
    await lease.turn();
    expect(held(lease)).toEqual([false]);
  });

  it('begins anew for one that slept while another had it and gave it back', async () => {
    const reads: (() => Promise<void>)[] = [];
    const slow: LeaseRows = {
      ...rows,
      newest: async () => {
        await reads.shift()?.();
        return rows.newest();
      },
    };
    const [sleeper, other] = [open(0, slow), open()];
    await sleeper.turn();
    const began = sleeper.since()!;
    await other.turn();
    reads.push(async () => {
      elapsed += TIMEOUT;
      await other.turn();
      expect(other.since()).toBeDefined();
      await other.close();
    });
    await sleeper.turn();
    expect(sleeper.since()).toBeGreaterThan(began + 1);
  });

  it('can be closed while the store is away', async () => {
    const lease = open(0, { ...rows, newest: () => Promise.reject(new Error('away')) });
    await expect(lease.close()).resolves.toBeUndefined();
    expect(lease.since()).toBeUndefined();
  });
});
