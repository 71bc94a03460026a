import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema, modelSettings } from '../../../daemon/config/config.ts';
import { openRollouts, type RolloutOptions, type Rollouts } from '../../../daemon/rollout/rollouts.ts';
import type { Decision, Rollout } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { insertAnswers } from './rollout-traffic.ts';

const NOW = Date.UTC(2026, 2, 10, 12);

describe('a rollout that a person ends', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  const decided: [Rollout, Decision][] = [];
  let now = NOW;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(() => opened.remove());

  const start = (change: Partial<RolloutOptions> = {}): Rollouts =>
    openRollouts({
      store: opened.store,
      settings: configSchema.parse({
        rollouts: { on_rollback: { command: [process.execPath, '-e', '', '{candidate}'] } },
      }).rollouts,
      folder: join(opened.directory, 'rollbacks'),
      modelSettings: () => modelSettings.parse({}),
      hasVersion: () => Promise.resolve(true),
      openQualityFailures: () => Promise.resolve([]),
      clock: { now: () => now },
      log: pino({ level: 'silent' }),
      onDecided: (...what) => decided.push(what),
      ...change,
    });
  const open = (rollouts: Rollouts, model: string) =>
    rollouts.open({ model, control: 'v1', candidate: 'v2', guardrails: [{ name: 'errors' }] });
  const live = (model: string) =>
    insertAnswers(
      opened.store,
      Array.from({ length: 40 }, (_, n) => ({
        id: `${model} ${n}`,
        at: NOW + n,
        model,
        version: n % 2 === 0 ? 'v1' : 'v2',
        role: n % 2 === 0 ? ('control' as const) : ('candidate' as const),
        score: 0.1,
      })),
    );

  it('is rolled back at once, with who, why and what the gate saw, and whatever rolls back is told', async () => {
    const rollouts = start();
    const { id } = await open(rollouts, 'bad');
    await live('bad');
    now = NOW + 60_000;
    expect((await rollouts.verdict(id)).verdict).toBe('hold');
    const ended = await rollouts.end(id, { verdict: 'rollback', by: 'ada', reason: 'complaints from merchants' });
    expect(ended).toMatchObject({ state: 'rolled_back', verdict: 'rollback', decidedAt: now });
    await rollouts.tick();
    expect((await rollouts.get(id)).action).toMatchObject({ state: 'done', error: null });
    now += 60_000;
    // Also after a restart, whoever asks hears the same.
    for (const asked of [rollouts, start()]) {
      const decision = await asked.verdict(id);
      expect(decision).toMatchObject({
        verdict: 'rollback',
        reasons: ['rolled back by ada: complaints from merchants', 'the verdict of the gate was hold then'],
        byHand: { by: 'ada', reason: 'complaints from merchants', judged: { verdict: 'hold' } },
        checks: [{ name: 'errors', slice: 'all', events: 20 }],
      });
      expect(await asked.recompute(id, decision.id)).toMatchObject({ equal: true, answer: { verdict: 'hold' } });
    }
    expect((await rollouts.decisions(id)).map(({ verdict }) => verdict)).toEqual(['hold', 'rollback']);
    expect(decided).toMatchObject([[{ id, state: 'rolled_back' }, { verdict: 'rollback' }]]);
    await expect(rollouts.end(id, { verdict: 'inconclusive', by: 'grace', reason: 'too late' })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('is rolled back') as string,
    });
  });

  it('is closed without a verdict on the candidate, which another rollout may try then', async () => {
    const rollouts = start();
    const { id } = await open(rollouts, 'closed');
    expect(await rollouts.end(id, { verdict: 'inconclusive', by: 'ada', reason: 'holidays' })).toMatchObject({
      state: 'inconclusive',
      action: null,
    });
    expect((await rollouts.verdict(id)).reasons[0]).toBe('closed by ada: holidays');
    await expect(rollouts.advance(id, 0)).rejects.toMatchObject({ code: 'not_promotable' });
    expect(await open(rollouts, 'closed')).toMatchObject({ state: 'open' });
  });

  it('is rolled back although the evidence cannot be read', async () => {
    const rollouts = start();
    const { id } = await open(rollouts, 'blind');
    const blind = start({ openQualityFailures: () => Promise.reject(new Error('the alerts cannot be read')) });
    await expect(blind.verdict(id)).rejects.toMatchObject({ code: 'unavailable' });
    await blind.end(id, { verdict: 'rollback', by: 'ada', reason: 'it burns' });
    const decision = await rollouts.verdict(id);
    expect(decision).toMatchObject({
      verdict: 'rollback',
      checks: [],
      reasons: ['rolled back by ada: it burns', 'the gate could not judge it then'],
      byHand: { judged: null },
    });
    await expect(rollouts.recompute(id, decision.id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(rollouts.end('nobody', { verdict: 'rollback', by: 'a', reason: 'b' })).rejects.toMatchObject({
      code: 'unknown_id',
    });
  });
});
