import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultConfig, modelSettings } from '../../../daemon/config/config.ts';
import { openRollouts, type Rollouts } from '../../../daemon/rollout/rollouts.ts';
import { randomFrom } from '../../detectors/samples.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { insertAnswers, insertLabels, insertScores } from './rollout-traffic.ts';

const NOW = Date.UTC(2026, 2, 10, 12);
const DAY = 86_400_000;

/**
 * Every fourth payment is risky, half of those are fraud, and of them a quarter is let through to be seen. Control and
 * candidate score a risky one 0.5 and 0.2, another one 0.2 and 0.1: squared errors differ by +0.39 for a fraud, -0.21 for
 * a genuine risky one, -0.03 for all others.
 */
const payments = Array.from({ length: 4000 }, (_, n) => {
  const isRisky = n % 4 === 0;
  const [control, candidate] = isRisky ? [0.5, 0.2] : [0.2, 0.1];
  return { n, control, candidate, label: n % 8 === 0 ? '1' : '0', propensity: isRisky ? 0.25 : 1 };
});

/** (0.39 - 0.21) / 2 and -0.03: as labelled, 1 to 3; of the traffic, with weights of 4, as 4 to 3. */
const [AS_LABELLED, OF_TRAFFIC] = [(0.09 - 3 * 0.03) / 4, (4 * 0.09 - 3 * 0.03) / 7];

describe('the guardrail "loss": the Brier score of mature labels', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let rollouts: Rollouts;
  let now = NOW;

  beforeAll(async () => {
    opened = await temporaryStore();
    rollouts = openRollouts({
      store: opened.store,
      settings: defaultConfig().rollouts,
      folder: '/nowhere',
      modelSettings: () => modelSettings.parse({ label_maturity: '30d' }),
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
      guardrails: [{ name: 'loss' }],
      maximumDurationMs: 100 * DAY,
    });

  async function lossOf(id: string) {
    const decision = await rollouts.verdict(id);
    expect(await rollouts.recompute(id, decision.id)).toMatchObject({ equal: true });
    const [check] = decision.checks;
    if (check === undefined) throw new Error('one check');
    return { verdict: decision.verdict, ...check };
  }

  /** Answers of the control with labels of the next day, and scores of the candidate for them. */
  async function replayed(model: string, at: number, weighted: boolean): Promise<void> {
    const rows = payments.map((each) => ({ ...each, model, id: `${model} ${at} ${each.n}`, at: at + each.n }));
    await insertAnswers(
      opened.store,
      rows.map(({ propensity, ...each }) => ({
        ...each,
        version: 'v1',
        score: each.control,
        ...(weighted ? { propensity } : {}),
      })),
    );
    await insertScores(
      opened.store,
      rows.map((each) => ({ ...each, replay: 'r', version: 'v2', score: each.candidate })),
    );
    await insertLabels(
      opened.store,
      rows.map((each) => ({ ...each, at: each.at + DAY })),
    );
  }

  it('in shadow takes labels as they are where no propensity is known, and only mature ones', async () => {
    await replayed('plain', NOW - 60 * DAY, false);
    await replayed('plain', NOW - 2 * DAY, false);
    const { id } = await open('plain');
    const loss = await lossOf(id);
    expect(loss).toMatchObject({ verdict: 'promote', state: 'safe', events: 4000 });
    expect(loss.harm).toBeCloseTo(AS_LABELLED, 2);
    now += 40 * DAY;
    expect(await lossOf(id)).toMatchObject({ verdict: 'promote', events: 4000 });
    now = NOW;
  });

  it('in shadow weighs each by 1 / propensity: what is seldom seen makes the harm', async () => {
    await replayed('weighed', NOW - 60 * DAY, true);
    const loss = await lossOf((await open('weighed')).id);
    expect(loss).toMatchObject({ verdict: 'rollback', state: 'harmful', events: 4000 });
    expect(loss.harm).toBeCloseTo(OF_TRAFFIC, 2);
    expect(loss.interval?.[0]).toBeGreaterThan(0.01);
    expect(loss.interval?.[0]).toBeLessThan(OF_TRAFFIC);
    expect(loss.interval?.[1]).toBeGreaterThan(OF_TRAFFIC);
    expect(loss.reason).toMatch(
      /^the Brier score .* changed by \+0\.03\d .* 4,000 mature labels in shadow: surely worse/,
    );
  });

  it('in live arms comes to the same, once the labels are mature', async () => {
    const model = 'arms';
    // Weights are settled when the rollout is opened.
    await insertAnswers(opened.store, [
      { id: 'earlier', at: NOW - DAY, model, version: 'v1', score: 0.1, propensity: 0.25 },
    ]);
    const { id, largestWeight } = await open(model);
    expect(largestWeight).toBe(4);
    const rows = (['control', 'candidate'] as const).flatMap((role) =>
      payments.map((each) => ({ ...each, role, model, id: `${role} ${each.n}`, at: NOW + each.n })),
    );
    await insertAnswers(
      opened.store,
      rows.map((each) => ({ ...each, version: each.role === 'control' ? 'v1' : 'v2', score: each[each.role] })),
    );
    await insertLabels(
      opened.store,
      rows.map((each) => ({ ...each, at: each.at + DAY })),
    );
    now = NOW + 10 * DAY;
    expect(await lossOf(id)).toMatchObject({ verdict: 'hold', state: 'insufficient', events: 0 });
    now = NOW + 40 * DAY;
    const loss = await lossOf(id);
    expect(loss).toMatchObject({ verdict: 'rollback', state: 'harmful' });
    // All thousand risky ones, and about a quarter of the others.
    expect(loss.events).toBeGreaterThan(1600);
    expect(loss.events).toBeLessThan(1900);
    expect(loss.harm).toBeCloseTo(OF_TRAFFIC, 1.7);
    expect(loss.reason).toContain('mature labels live');
    now = NOW;
  });

  it('in live arms counts fraud as often as the traffic has it, however few a day bring', async () => {
    const model = 'few';
    const { id } = await open(model);
    const random = randomFrom(9);
    const DAYS = 60;
    // 30 payments a day in each arm, a tenth of them fraud; the candidate calls every fraud surely genuine.
    const rows = (['control', 'candidate'] as const).flatMap((role) =>
      Array.from({ length: DAYS * 30 }, (_, n) => ({
        role,
        model,
        id: `few ${role} ${n}`,
        at: NOW + Math.floor(n / 30) * DAY + n,
        label: random() < 0.1 ? '1' : '0',
      })),
    );
    await insertAnswers(
      opened.store,
      rows.map((each) => ({
        ...each,
        version: each.role === 'control' ? 'v1' : 'v2',
        score: each.role === 'control' && each.label === '1' ? 0.5 : 0,
      })),
    );
    await insertLabels(
      opened.store,
      rows.map((each) => ({ ...each, at: each.at + DAY })),
    );
    now = NOW + (DAYS + 31) * DAY;
    const loss = await lossOf(id);
    const lossOfArm = (role: string, ofFraud: number): number =>
      (rows.filter((each) => each.role === role && each.label === '1').length * ofFraud) / (DAYS * 30);
    expect(loss.events).toBe(DAYS * 30);
    // Matched with fraud alone, a third of the frauds found no match.
    expect(loss.harm).toBeCloseTo(lossOfArm('candidate', 1) - lossOfArm('control', 0.25), 3);
    now = NOW;
  });
});
