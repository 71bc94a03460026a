import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultConfig, modelSettings } from '../../../daemon/config/config.ts';
import { openRollouts, type Rollouts } from '../../../daemon/rollout/rollouts.ts';
import { randomFrom } from '../../detectors/samples.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { insertAnswers, insertScores } from './rollout-traffic.ts';

const NOW = Date.UTC(2026, 2, 10, 12);
const DAY = 86_400_000;

/** Payments of which one in twenty comes from an old device, and another one in twenty is large. */
function payments(count: number, start: number) {
  const random = randomFrom(5);
  return Array.from({ length: count }, (_, n) => ({
    id: `p${n}`,
    at: start + n,
    score: random() < 0.05 ? 0.9 : 0.1,
    isOld: n % 20 === 0,
    isLarge: n % 20 === 1,
    categories: { device: n % 20 === 0 ? 'old' : 'new' },
    numbers: { amount: n % 20 === 1 ? 1500 : 20 },
  }));
}

type Payment = ReturnType<typeof payments>[number];

/** The candidate declines a third of the payments of a slice that the control approves: 1.6 points more in all. */
const HARMED: readonly (readonly [slice: string, harmed: (payment: Payment) => boolean])[] = [
  ['device=old', ({ isOld }) => isOld],
  ['amount>=1000', ({ isLarge }) => isLarge],
];

const declined = (payment: Payment, n: number, harmed: (payment: Payment) => boolean): number =>
  harmed(payment) && n % 3 === 0 ? 0.9 : payment.score;

describe('harm in a slice by a feature, of 5 % of the traffic', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let rollouts: Rollouts;
  let now = NOW;

  beforeAll(async () => {
    opened = await temporaryStore();
    rollouts = openRollouts({
      store: opened.store,
      settings: defaultConfig().rollouts,
      folder: '/nowhere',
      modelSettings: () => modelSettings.parse({ slices: ['device', 'amount >= 1e3'] }),
      hasVersion: () => Promise.resolve(true),
      openQualityFailures: () => Promise.resolve([]),
      clock: { now: () => now },
      log: pino({ level: 'silent' }),
    });
  });
  afterAll(async () => {
    await opened.remove();
  });

  const open = (model: string) =>
    rollouts.open({
      model,
      control: 'v1',
      candidate: 'v2',
      guardrails: [{ name: 'decline_rate', slices: ['all', 'device', 'amount >= 1000'] }],
    });

  async function verdictNames(id: string, slice: string, source: string): Promise<void> {
    const { verdict, reasons, checks } = await rollouts.verdict(id);
    expect(verdict).toBe('rollback');
    expect(checks.filter(({ state }) => state === 'harmful').map((check) => check.slice)).toEqual([slice]);
    expect(checks[0]).toMatchObject({ slice: 'all' });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(new RegExp(`^in ${slice} the share of declines changed by \\+3\\d points .* ${source}`));
  }

  it.each(HARMED)('is found and named in shadow: %s', async (slice, harmed) => {
    const model = `shadow ${slice}`;
    const made = payments(5000, NOW - DAY);
    await insertAnswers(
      opened.store,
      made.map((each) => ({ ...each, model, version: 'v1' })),
    );
    await insertScores(
      opened.store,
      made.map((each, n) => ({ ...each, replay: 'r', model, version: 'v2', score: declined(each, n, harmed) })),
    );
    const rollout = await open(model);
    expect(rollout.guardrails[0]?.slices).toEqual(['all', 'device=new', 'device=old', 'amount>=1000']);
    await verdictNames(rollout.id, slice, 'in shadow');
  });

  it.each(HARMED)('is found and named in live arms: %s', async (slice, harmed) => {
    const model = `live ${slice}`;
    const earlier = payments(100, NOW - DAY).map((each) => ({ ...each, id: `earlier ${each.id}` }));
    await insertAnswers(
      opened.store,
      earlier.map((each) => ({ ...each, model, version: 'v1' })),
    );
    const { id } = await open(model);
    await insertAnswers(
      opened.store,
      (['control', 'candidate'] as const).flatMap((role) =>
        payments(5000, NOW).map((each, n) => ({
          ...each,
          id: `${role} ${each.id}`,
          model,
          role,
          version: role === 'control' ? 'v1' : 'v2',
          score: role === 'candidate' ? declined(each, n, harmed) : each.score,
        })),
      ),
    );
    now += DAY;
    await verdictNames(id, slice, 'live');
    now = NOW;
  });
});
