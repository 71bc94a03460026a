import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultConfig } from '../../../daemon/config/config.ts';
import { openScoringThreads } from '../../../shadow/scoring-threads.ts';
import { openDriftImpacts, type DriftImpacts } from '../../../daemon/rollout/drift-impacts.ts';
import { openVersions } from '../../../daemon/rollout/versions.ts';
import type { Finding, ModelInput } from '../../../detectors/terms.ts';
import { layersModelFolder } from '../../shadow/model-folder.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { insertAnswers } from './rollout-traffic.ts';

const HOUR = 3_600_000;
const THEN = Date.parse('2026-03-01T00:00:00Z');
const WINDOW = { from: THEN + HOUR, to: THEN + 2 * HOUR };
const REFERENCE = { from: THEN, to: THEN + HOUR };

function input(feature: string): ModelInput {
  return { feature, encoding: 'number', fill: 0, log1p: false, mean: 0, scale: 1 };
}

function drifted(subject: string, changes: Partial<Finding> = {}): Finding {
  const judgement = { state: 'fail', statistic: 1, limit: 0.1, reason: 'it moved', count: 600 } as const;
  const place = { model: 'fraud', version: 'v1', slice: 'all', detector: 'psi', window: WINDOW, reference: REFERENCE };
  return { ...judgement, ...place, id: subject, subject, judgedAt: WINDOW.to, final: false, ...changes };
}

describe('impacts of drift', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let impacts: DriftImpacts;
  const clock = { now: () => THEN + 3 * HOUR };
  const threads = openScoringThreads();

  const open = async (): Promise<DriftImpacts> => {
    const versions = openVersions({
      store: opened.store,
      directory: join(opened.directory, 'models'),
      clock,
      backend: 'wasm',
      timeoutMs: 20_000,
      memoryMb: 1024,
    });
    await layersModelFolder(join(opened.directory, 'models', 'fraud'), { weights: [1, 0.5], bias: -2 });
    await versions.register('fraud', { version: 'v1', path: 'fraud', inputs: [input('amount'), input('age')] });
    return openDriftImpacts({
      store: opened.store,
      threads,
      settings: { ...defaultConfig().replays, backend: 'wasm' },
      modelSettings: () => ({ ...defaultConfig().models.defaults, slices: ['region'] }),
      clock,
      log: pino({ level: 'silent' }),
    });
  };

  beforeAll(async () => {
    opened = await temporaryStore();
    // `amount` moves in the EU alone, `age` nowhere.
    const answers = [REFERENCE, WINDOW].flatMap(({ from }, stretch) =>
      Array.from({ length: 600 }, (_, n) => {
        const region = n % 3 === 0 ? 'EU' : 'US';
        const amount = (n % 10) / 10 + (stretch === 1 && region === 'EU' ? 2 : 0);
        const numbers = { amount, age: (n % 7) / 7, unread: n };
        return {
          id: `${stretch}-${n}`,
          at: from + n,
          model: 'fraud',
          version: 'v1',
          score: 0.5,
          tags: { region },
          numbers,
        };
      }),
    );
    await insertAnswers(opened.store, answers);
    impacts = await open();
  });
  afterAll(async () => {
    await impacts.close();
    await threads.close();
    await opened.remove();
  });

  it('say how much of the score shift comes from the feature, in all traffic and in the slice that moved', async () => {
    const inEurope = drifted('amount', { slice: 'region=EU', detector: 'ks' });
    const inAmerica = drifted('amount', { slice: 'region=US' });
    impacts.consider([drifted('amount'), drifted('age'), drifted('unread'), inEurope, inAmerica]);
    await impacts.idle();
    const all = impacts.of(drifted('amount'));
    expect(all?.share).toBeCloseTo(1, 0);
    expect(all).toMatchObject({ rows: 600, isInput: true, receivedBy: [clock.now(), clock.now()] });
    // Declined from amount + age / 2 = 2 on: in the window all of the EU, a third, in the reference none.
    expect(all?.flips).toMatchObject({ share: 1 / 3, declined: 1 / 3 });
    expect(all?.flips?.interval[0]).toBeGreaterThan(0.25);
    expect(all?.flips?.interval[1]).toBeLessThan(0.42);
    expect(Math.abs(impacts.of(drifted('age'))?.share ?? 1)).toBeLessThan(0.2);
    expect(impacts.of(drifted('age'))?.flips?.interval[0]).toBe(0);
    expect(impacts.of(drifted('unread'))).toMatchObject({ isInput: false, share: 0 });
    const european = impacts.of(inEurope);
    expect(european).toMatchObject({ rows: 200 });
    expect(european?.share).toBeCloseTo(1, 1);
    expect(european?.flips?.share).toBe(1);
    expect(european?.scoreShift).toBeGreaterThan(2 * (all?.scoreShift ?? 1));
    expect(impacts.of(inAmerica)).toMatchObject({ rows: 400, share: null });
    // Another detector that judged the same values has the same.
    expect(impacts.of(drifted('amount', { detector: 'wasserstein' }))).toEqual(all);
  });

  it('are kept, worked out once while the window is open, and once more when it is over', async () => {
    const again = await open();
    expect(again.of(drifted('amount'))).toEqual(impacts.of(drifted('amount')));
    again.consider([drifted('amount')]);
    await again.idle();
    const stored = opened.store.documents<{ id: string; model: string; state: string }>('impacts');
    expect((await stored.list({ state: 'final' })).length).toBe(0);
    again.consider([drifted('amount', { final: true })]);
    await again.idle();
    expect((await stored.list({ state: 'final' })).length).toBe(1);
    await again.close();
  });

  it('are not looked for where nothing failed, nothing is registered, or no feature was judged', async () => {
    const other = drifted('amount', { model: 'unregistered' });
    const passing = drifted('quiet', { state: 'pass' });
    const whole = drifted('', { detector: 'score_drift' });
    const unknown = drifted('amount', { slice: 'tier=gold' });
    impacts.consider([other, passing, whole, unknown]);
    await impacts.idle();
    for (const finding of [other, passing, whole, unknown]) expect(impacts.of(finding)).toBeUndefined();
    // What passed needs no excuse, though another detector failed on the same values.
    expect(impacts.of(drifted('amount', { state: 'pass' }))).toBeUndefined();
  });
});
