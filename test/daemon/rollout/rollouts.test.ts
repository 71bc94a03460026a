import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultConfig, modelSettings, type ModelSettings } from '../../../daemon/config/config.ts';
import { SerinError } from '../../../daemon/errors.ts';
import { recompute } from '../../../daemon/rollout/rollout-decisions.ts';
import { openRollouts, type RolloutOptions, type Rollouts } from '../../../daemon/rollout/rollouts.ts';
import type { Store } from '../../../daemon/store/store.ts';
import type { Decision, ModelVersion, Rollout } from '../../../detectors/terms.ts';
import { randomFrom } from '../../detectors/samples.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { insertAnswers, insertLabels, insertScores, text } from './rollout-traffic.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 2, 10, 12);

const request = (model: string) => ({ model, control: 'v1', candidate: 'v2' });

describe('rollouts', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let store: Store;
  let now = NOW;
  let failures: string[] = [];
  let decided: { rollout: Rollout; decision: Decision }[] = [];
  const settings: ModelSettings = modelSettings.parse({ slices: ['region'], label_maturity: '30d' });

  beforeAll(async () => {
    opened = await temporaryStore();
    store = opened.store;
  });
  afterAll(async () => {
    await opened.remove();
  });
  beforeEach(() => {
    now = NOW;
    failures = [];
    decided = [];
  });

  const start = (changes: Partial<RolloutOptions> = {}): Rollouts =>
    openRollouts({
      store,
      settings: defaultConfig().rollouts,
      folder: '/nowhere',
      modelSettings: () => settings,
      hasVersion: (_, version) => Promise.resolve(version === 'v1' || version === 'v2'),
      openQualityFailures: () => Promise.resolve(failures),
      clock: { now: () => now },
      log: pino({ level: 'silent' }),
      onDecided: (rollout, decision) => decided.push({ rollout, decision }),
      ...changes,
    });

  /** Recorded, replayed and labelled traffic: a fifth is fraud; `candidate` says how it scores what the control scored. */
  async function replayed(
    model: string,
    count: number,
    candidate: (score: number, isFraud: boolean, random: () => number) => number | null,
    candidateMs: (n: number) => number = () => 0.05,
  ): Promise<void> {
    const random = randomFrom(7);
    const rows = Array.from({ length: count }, (_, n) => {
      const isFraud = random() < 0.2;
      const score = isFraud === random() < 0.9 ? 0.8 : 0.2;
      return { id: `${model}${n}`, at: NOW - 60 * DAY + n * 1000, isFraud, score, region: n % 4 === 0 ? 'US' : 'EU' };
    });
    await insertAnswers(
      store,
      rows.map(({ id, at, score, region }) => ({ id, at, model, version: 'v1', score, tags: { region } })),
    );
    await insertLabels(
      store,
      rows.map(({ id, at, isFraud }) => ({ id, at: at + DAY, label: isFraud ? '1' : '0' })),
    );
    await insertScores(
      store,
      rows.flatMap(({ id, at, score, isFraud }, n) => [
        { replay: 'r', model, version: 'v1', id, at, score, latencyMs: 0.03 },
        {
          replay: 'r',
          model,
          version: 'v2',
          id,
          at,
          score: candidate(score, isFraud, random),
          latencyMs: candidateMs(n),
        },
      ]),
    );
  }

  it('promotes a candidate that decides the same, once, and for ever', async () => {
    await replayed('good', 4000, (score) => score);
    const rollouts = start();
    const rollout = await rollouts.open(request('good'));
    expect(rollout).toMatchObject({ state: 'open', verdict: 'hold', decidedAt: null, minimumEvents: 500, alpha: 0.05 });
    expect(rollout.guardrails.map(({ name }) => name)).toEqual([
      'errors',
      'decline_rate',
      'latency_p95',
      'latency_p99',
      'missed_fraud',
      'false_declines',
      'data_quality',
    ]);
    const first = await rollouts.verdict(rollout.id);
    expect(first.checks.map(({ state }) => state)).toEqual([
      'safe',
      'safe',
      'safe',
      'safe',
      'safe',
      'safe',
      'insufficient',
    ]);
    expect(first).toMatchObject({ verdict: 'promote', asOf: NOW, owner: rollout.id });
    expect(first.reasons[0]).toContain('4,000 events');
    // Ruin comes too late: what was decided stays decided.
    now += HOUR;
    await insertScores(
      store,
      Array.from({ length: 4000 }, (_, n) => ({
        replay: 'late',
        model: 'good',
        version: 'v2',
        id: `good${n}`,
        at: NOW - 60 * DAY + n * 1000,
        score: null,
      })),
    );
    expect(await rollouts.verdict(rollout.id)).toEqual(first);
    expect(await start().verdict(rollout.id)).toEqual(first);
    await rollouts.tick();
    expect(await rollouts.decisions(rollout.id)).toEqual([first]);
    expect(await rollouts.get(rollout.id)).toMatchObject({ state: 'promoted', verdict: 'promote', decidedAt: NOW });
    expect(decided).toEqual([{ rollout: await rollouts.get(rollout.id), decision: first }]);
  });

  it('rolls back a candidate that misses fraud, and says why with numbers', async () => {
    await replayed('bad', 4000, (score, isFraud, random) => (isFraud && random() < 0.3 ? 0.1 : score));
    const rollouts = start();
    const { id } = await rollouts.open(request('bad'));
    await rollouts.tick();
    expect(decided.map(({ rollout }) => rollout.state)).toEqual(['rolled_back']);
    const decision = await rollouts.verdict(id);
    expect(decision.verdict).toBe('rollback');
    expect(decision.reasons.join()).toMatch(
      /share of known fraud that is approved changed by \+2\d points .* accepted \+5 points/,
    );
    expect(decision.checks.find(({ name }) => name === 'missed_fraud')).toMatchObject({
      state: 'harmful',
      eventsNeeded: 0,
    });
    expect(decision.checks.find(({ name }) => name === 'latency_p95')).toMatchObject({ state: 'safe' });
  });

  it('rolls back a candidate with a slow tail that no average shows', async () => {
    await replayed(
      'slow',
      3000,
      (score) => score,
      (n) => (n % 12 === 0 ? 40 : 0.02),
    );
    const rollouts = start();
    const { id } = await rollouts.open({
      ...request('slow'),
      guardrails: [{ name: 'latency_p95' }, { name: 'errors' }],
    });
    const decision = await rollouts.verdict(id);
    expect(decision.checks.map(({ name, state }) => [name, state])).toEqual([
      ['latency_p95', 'harmful'],
      ['errors', 'safe'],
    ]);
    expect(decision.verdict).toBe('rollback');
  });

  it('waits for late labels, and takes them as they come, repeats and revisions included', async () => {
    const model = 'late';
    const rows = Array.from({ length: 2000 }, (_, n) => ({ id: `${model}${n}`, at: NOW - 40 * DAY + n * 1000 }));
    await insertAnswers(
      store,
      rows.map(({ id, at }) => ({ id, at, model, version: 'v1', score: 0.9 })),
    );
    await insertScores(
      store,
      rows.map(({ id, at }) => ({ replay: 'l', model, version: 'v2', id, at, score: 0.8 })),
    );
    const rollouts = start();
    const { id } = await rollouts.open({
      ...request(model),
      guardrails: [{ name: 'decline_rate' }, { name: 'missed_fraud' }],
    });
    const early = await rollouts.verdict(id);
    expect(early.verdict).toBe('hold');
    expect(early.checks.map(({ state }) => state)).toEqual(['safe', 'insufficient']);
    const label = (from: number, to: number, at: number, known: string): Promise<void> =>
      insertLabels(
        store,
        rows.slice(from, to).map((row) => ({ id: row.id, at, label: known })),
      );
    await label(0, 90, NOW + 1, '1');
    await label(0, 90, NOW + 1, '1');
    await label(90, 400, NOW + 1, '1');
    await label(90, 400, NOW + 2, '0');
    now += HOUR;
    const some = await rollouts.verdict(id);
    expect(some.checks[1]).toMatchObject({ state: 'insufficient', events: 90 });
    await label(400, 500, NOW + HOUR, '1');
    now += HOUR;
    const enough = await rollouts.verdict(id);
    expect(enough.checks[1]).toMatchObject({ state: 'safe', events: 190 });
    expect(enough.verdict).toBe('promote');
  });

  it('finds harm that hides in one slice', async () => {
    await replayed('hidden', 6000, (score) => score);
    // Declines every payment of the US, a quarter of the traffic.
    await insertScores(
      store,
      Array.from({ length: 6000 }, (_, n) => n)
        .filter((n) => n % 4 === 0 && n < 300)
        .map((n) => ({
          replay: 'h',
          model: 'hidden',
          version: 'v2',
          id: `hidden${n}`,
          at: NOW - 60 * DAY + n * 1000,
          score: null,
        })),
    );
    const rollouts = start();
    const all = await rollouts.open({ ...request('hidden'), guardrails: [{ name: 'errors', margin: 0.03 }] });
    now += 1;
    expect(await rollouts.verdict(all.id)).toMatchObject({ verdict: 'promote' });
    await insertAnswers(store, [
      { id: 'recent', at: NOW - DAY, model: 'hidden', version: 'v1', score: 0.1, tags: { region: 'EU' } },
      { id: 'recent US', at: NOW - DAY, model: 'hidden', version: 'v1', score: 0.1, tags: { region: 'US' } },
    ]);
    const sliced = await rollouts.open({
      ...request('hidden'),
      guardrails: [{ name: 'errors', margin: 0.03, slices: ['all', 'region'] }],
    });
    expect(sliced.guardrails[0]?.slices).toEqual(['all', 'region=EU', 'region=US']);
    const decision = await rollouts.verdict(sliced.id);
    expect(decision.checks.map(({ slice, state }) => [slice, state])).toEqual([
      ['all', 'safe'],
      ['region=EU', 'safe'],
      ['region=US', 'harmful'],
    ]);
    expect(decision.verdict).toBe('rollback');
    expect(decision.reasons[0]).toContain('region=US');
  });

  it('judges the large slices of the model where none are named, and finds harm in one of them', async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => ({
      id: `unnamed${n}`,
      at: NOW - 20 * DAY + n * 1000,
      region: n % 20 === 0 ? 'NZ' : n % 40 === 1 ? 'FJ' : 'EU',
    }));
    await insertAnswers(
      store,
      rows.map(({ id, at, region }) => ({ id, at, model: 'unnamed', version: 'v1', score: 0.2, tags: { region } })),
    );
    // In 5 % of the traffic every seventh is declined by the candidate: 0.7 points of all, well within the margin of 2.
    await insertScores(
      store,
      rows.map(({ id, at, region }, n) => ({
        replay: 'r',
        model: 'unnamed',
        version: 'v2',
        id,
        at,
        score: region === 'NZ' && n % 7 === 0 ? 0.9 : 0.2,
      })),
    );
    const minutes = { kind: 'score', missing: 0, numbers: {}, categories: {}, bucket: text(NOW - DAY) };
    const counts = { all: 20_000, 'region=NZ': 1000, 'region=FJ': 500, 'region=EU': 18_500, 'tier=gold': 20_000 };
    await store.writer.insert(
      'prediction_minutes',
      Object.entries(counts).map(([slice, count]) => ({
        ...minutes,
        model: 'unnamed',
        version: 'v1',
        slice,
        count,
        name: '',
      })),
    );
    const rollouts = start();
    const rollout = await rollouts.open(request('unnamed'));
    // No longer sliced by tier; FJ is 2.5 % of the traffic.
    const large = ['region=EU', 'region=NZ'];
    expect(
      Object.fromEntries(rollout.guardrails.map(({ name, slices, watched }) => [name, [slices, watched]])),
    ).toEqual({
      errors: [['all', ...large], []],
      decline_rate: [['all', ...large], []],
      latency_p95: [['all'], []],
      latency_p99: [['all'], []],
      missed_fraud: [['all', ...large], large],
      false_declines: [['all', ...large], large],
      data_quality: [['all', ...large], large],
    });
    const decision = await rollouts.verdict(rollout.id);
    expect(decision.checks.find(({ name, slice }) => name === 'decline_rate' && slice === 'all')?.state).toBe('safe');
    expect(decision.verdict).toBe('rollback');
    expect(decision.reasons).toEqual([
      expect.stringMatching(/^in region=NZ the share of declines changed by \+14 points/),
    ]);
    // Named slices are judged as they were named.
    const named = await rollouts.open({
      ...request('unnamed'),
      guardrails: [{ name: 'decline_rate', slices: ['all'] }],
    });
    expect(named.guardrails).toMatchObject([{ slices: ['all'], watched: [] }]);
    // What was answered can be asked for again.
    expect((await rollouts.open({ ...request('unnamed'), guardrails: rollout.guardrails })).guardrails).toEqual(
      rollout.guardrails,
    );
  });

  it('promotes a candidate that decides the same although labels are few in some slices', async () => {
    await replayed('sliced', 4000, (score) => score);
    const minutes = { kind: 'score', missing: 0, numbers: {}, categories: {}, bucket: text(NOW - DAY), name: '' };
    await store.writer.insert(
      'prediction_minutes',
      Object.entries({ all: 4000, 'region=EU': 3000, 'region=US': 1000, 'region=FJ': 200 }).map(([slice, count]) => ({
        ...minutes,
        model: 'sliced',
        version: 'v1',
        slice,
        count,
      })),
    );
    const rollouts = start();
    const { id, guardrails } = await rollouts.open({
      ...request('sliced'),
      guardrails: [{ name: 'missed_fraud' }, { name: 'latency_p99' }, { name: 'errors', slices: ['all', 'region=EU'] }],
    });
    expect(guardrails[0]).toMatchObject({ slices: ['all', 'region=EU', 'region=US', 'region=FJ'] });
    const decision = await rollouts.verdict(id);
    expect(decision.checks.find(({ slice }) => slice === 'region=FJ')?.state).toBe('insufficient');
    expect(decision.verdict).toBe('promote');
  });

  it('holds on little data and says how much more, then is inconclusive when the time is over', async () => {
    await replayed('little', 60, (score) => score);
    const rollouts = start();
    const { id } = await rollouts.open({ ...request('little'), maximumDurationMs: HOUR });
    const held = await rollouts.verdict(id);
    expect(held.verdict).toBe('hold');
    expect(held.checks.every(({ state, eventsNeeded }) => state === 'insufficient' && (eventsNeeded ?? 0) > 0)).toBe(
      true,
    );
    expect(held.reasons).toContain('60 of at least 500 events; 440 more needed');
    now += HOUR - 5000;
    expect((await rollouts.verdict(id)).verdict).toBe('hold');
    now += 5000;
    await rollouts.tick();
    expect(await rollouts.get(id)).toMatchObject({ state: 'inconclusive', verdict: 'inconclusive', decidedAt: now });
    expect((await rollouts.verdict(id)).reasons[0]).toBe('the longest time of 60 minutes is over without a decision');
  });

  it('holds without any evidence at all', async () => {
    const rollouts = start();
    const { id } = await rollouts.open(request('silent'));
    const held = await rollouts.verdict(id);
    expect(held.verdict).toBe('hold');
    expect(held.checks.map(({ state, events, harm, eValue }) => ({ state, events, harm, eValue }))).toEqual(
      Array.from({ length: 7 }, () => ({ state: 'insufficient', events: 0, harm: null, eValue: null })),
    );
  });

  it('holds while data quality is bad, whatever the evidence says', async () => {
    await replayed('dirty', 4000, (score) => score);
    await replayed('dirty and bad', 4000, () => 0.9);
    const rollouts = start();
    failures = ['feature "amount" is missing in 40 % of predictions'];
    const good = await rollouts.open(request('dirty'));
    const bad = await rollouts.open(request('dirty and bad'));
    expect((await rollouts.verdict(good.id)).reasons[0]).toBe(`data quality: ${failures[0]}`);
    expect((await rollouts.verdict(bad.id)).verdict).toBe('hold');
    // What was held for is dealt with: nobody waits for the next look.
    failures = [];
    expect((await rollouts.verdict(good.id)).verdict).toBe('promote');
    expect((await rollouts.verdict(bad.id)).verdict).toBe('rollback');
  });

  it('judges a live canary, and tells when enough events will be there', async () => {
    const rollouts = start();
    const { id } = await rollouts.open({
      ...request('canary'),
      guardrails: [{ name: 'errors' }, { name: 'decline_rate' }],
      maximumDurationMs: 7 * DAY,
    });
    const send = (from: number, to: number, declines: (n: number) => boolean): Promise<void> =>
      insertAnswers(
        store,
        Array.from({ length: to - from }, (_, n) => from + n).flatMap((n) =>
          (['control', 'candidate'] as const).map((role) => ({
            id: `${role}${n}`,
            at: NOW + n * 1000,
            model: 'canary',
            version: role === 'control' ? 'v1' : 'v2',
            role,
            score: role === 'candidate' && declines(n) ? 0.9 : 0.1,
          })),
        ),
      );
    await send(0, 100, () => false);
    now = NOW + 100_000;
    await rollouts.verdict(id);
    await send(100, 200, () => false);
    now = NOW + 200_000;
    const held = await rollouts.verdict(id);
    expect(held.reasons[0]).toBe('200 of at least 500 events; 300 more needed, in about 5 minutes at the present rate');
    expect(held.checks[0]?.reason).toContain('pairs live');
    await send(200, 700, (n) => n % 8 === 0);
    now = NOW + 700_000;
    const last = await rollouts.verdict(id);
    expect(last.verdict).toBe('rollback');
    expect(last.reasons).toHaveLength(1);
    expect(last.reasons[0]).toMatch(/share of declines changed by .* pairs live: surely worse/);
  });

  it('stores every new verdict with inputs that give it again, and the same evidence only once', async () => {
    await replayed('audited', 200, (score) => score);
    const rollouts = start();
    const { id } = await rollouts.open(request('audited'));
    const first = await rollouts.verdict(id);
    expect(await rollouts.verdict(id)).toBe(first);
    now += 60_000;
    const second = await rollouts.verdict(id);
    expect(second).toEqual({ ...first, asOf: now });
    await replayed('audited', 900, (score) => score);
    now += 60_000;
    const many = await Promise.all(Array.from({ length: 20 }, () => rollouts.verdict(id)));
    expect(new Set(many).size).toBe(1);
    await rollouts.tick();
    const stored = await rollouts.decisions(id);
    expect(stored.map(({ verdict }) => verdict)).toEqual(['hold', 'promote']);
    for (const decision of stored) {
      expect(recompute(decision)).toEqual({
        equal: true,
        answer: { verdict: decision.verdict, reasons: decision.reasons, checks: decision.checks },
      });
      expect(await rollouts.recompute(id, decision.id)).toMatchObject({ equal: true, decision });
      // One event less, one digit other, another verdict: found.
      expect(recompute({ ...decision, verdict: 'rollback' }).equal).toBe(false);
      expect(recompute({ ...decision, checks: decision.checks.slice(1) }).equal).toBe(false);
    }
    expect(() => recompute({ ...first, inputs: {} })).toThrow(/holds no evidence/);
    expect(() => recompute({ ...first, inputs: { evidence: {}, guardrails: [], method: 1 } })).toThrow(/method 1/);
    await expect(rollouts.recompute(id, 'nothing')).rejects.toMatchObject({ code: 'unknown_id' });
  });

  it('judges any decision again, however many came after it', async () => {
    await replayed('long', 200, (score) => score);
    const rollouts = start();
    const { id } = await rollouts.open(request('long'));
    const first = await rollouts.verdict(id);
    const later = Array.from({ length: 1000 }, (_, n) => ({ ...first, id: `later ${n}`, inputs: {} }));
    await store.journal<Decision>('decisions').append(later);
    expect(await rollouts.recompute(id, first.id)).toMatchObject({ equal: true, decision: first });
    const ids = (decisions: readonly Decision[]): string[] => decisions.map((one) => one.id);
    const all = [first, ...later].map((one) => one.id);
    expect(ids(await rollouts.decisions(id))).toEqual(all.slice(1));
    const paged: string[] = [];
    for (;;) {
      const [before] = paged;
      const page = await rollouts.decisions(id, { limit: 400, ...(before === undefined ? {} : { before }) });
      if (page.length === 0) break;
      expect(page.length).toBeLessThanOrEqual(400);
      paged.unshift(...ids(page));
    }
    expect(paged).toEqual(all);
    await expect(rollouts.decisions(id, { before: 'nothing' })).rejects.toMatchObject({
      code: 'unknown_id',
      field: 'before',
    });
  });

  it('refuses what it does not know, and names the cure', async () => {
    const rollouts = start();
    const refusal = async (changes: object): Promise<unknown> => {
      try {
        await rollouts.open({ ...request('m'), ...changes });
      } catch (error) {
        return error instanceof SerinError ? `${error.code} ${error.field}: ${error.message}` : error;
      }
      return 'accepted';
    };
    expect(await refusal({ candidate: 'v9' })).toBe('unknown_version candidate: model "m" has no version "v9"');
    expect(await refusal({ control: 'v9' })).toContain('unknown_version control');
    expect(await refusal({ candidate: 'v1' })).toContain('both version "v1"');
    expect(await refusal({ guardrails: [{ name: 'erors' }] })).toContain('did you mean "errors"?');
    expect(await refusal({ guardrails: [{ name: '__proto__' }] })).toContain(
      '"__proto__" is not a guardrail; known: errors',
    );
    expect(await refusal({ guardrails: [{ name: 'errors' }, { name: 'errors' }] })).toContain('given twice');
    expect(await refusal({ guardrails: [] })).toContain('guardrails is empty');
    for (const margin of [0, -1, NaN, 1, Infinity])
      expect(await refusal({ guardrails: [{ name: 'errors', margin }] })).toContain(`margin of "errors" is ${margin}`);
    expect(await refusal({ guardrails: [{ name: 'errors', slices: ['regoin'] }] })).toContain('did you mean "region"?');
    expect(await refusal({ guardrails: [{ name: 'errors', slices: ['region'] }] })).toContain('such as region=EU');
    expect(await refusal({ guardrails: [{ name: 'errors', slices: ['amount>=100'] }] })).toContain(
      'this model is not sliced by "amount>=100"; known: region',
    );
    expect(await refusal({ guardrails: [{ name: 'errors', slices: [] }] })).toContain('slices of "errors" is empty');
    expect(await refusal({ guardrails: [{ name: 'errors', slices: ['all'], watched: ['region=EU'] }] })).toContain(
      '"region=EU" of "errors" is watched, and not among its slices',
    );
    for (const alpha of [0, 1, NaN]) expect(await refusal({ alpha })).toContain(`alpha is ${alpha}`);
    expect(await refusal({ minimumEvents: 0.5 })).toContain('minimum_events is 0.5');
    expect(await refusal({ maximumDurationMs: 0 })).toContain('maximum_duration must be');
    expect(await refusal({ guardrails: [{ name: 'errors', slices: ['region=EU'] }] })).toBe('accepted');
    await expect(rollouts.verdict('nobody')).rejects.toMatchObject({ code: 'unknown_id' });
    await expect(rollouts.decisions('nobody')).rejects.toMatchObject({ code: 'unknown_id' });
    const multiclass = start({ modelSettings: () => ({ ...settings, kind: 'multiclass' }) });
    expect((await multiclass.open(request('m'))).guardrails.map(({ name }) => name)).toEqual([
      'errors',
      'latency_p95',
      'latency_p99',
      'wrong_class',
      'data_quality',
    ]);
    await expect(multiclass.open({ ...request('m'), guardrails: [{ name: 'decline_rate' }] })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('refuses a registered candidate that is on trial against another control, for it has one live shadow', async () => {
    const versions = store.documents<ModelVersion>('versions');
    await versions.put({ id: 'two/v2', model: 'two', version: 'v2', state: 'registered' } as unknown as ModelVersion);
    const rollouts = start({ hasVersion: () => Promise.resolve(true) });
    const first = await rollouts.open(request('two'));
    const again = rollouts.open({ ...request('two'), control: 'v0' });
    await expect(again).rejects.toMatchObject({ code: 'conflict', field: 'control' });
    await expect(again).rejects.toThrow(
      `version "v2" is on trial against "v1" in rollout "${first.id}", and its live shadow is compared with one control at a time; name "v1" as the control`,
    );
    // The same control, another candidate, and one that nobody can score are none of its business.
    await rollouts.open(request('two'));
    await rollouts.open({ ...request('two'), control: 'v0', candidate: 'v3' });
    await store.documents<Rollout>('rollouts').put({ ...first, state: 'inconclusive' });
    const [second] = (await rollouts.list('two')).filter(({ id, state, candidate }) => {
      return id !== first.id && state === 'open' && candidate === 'v2';
    });
    await store.documents<Rollout>('rollouts').put({ ...second!, state: 'promoted' });
    expect(await rollouts.open({ ...request('two'), control: 'v0' })).toMatchObject({ control: 'v0', state: 'open' });
  });

  it('gives no verdict while the store is away, not even the last one', async () => {
    await replayed('outage', 4000, (score) => score);
    let away = false;
    const broken = new Proxy(store, {
      get(target, name: keyof Store) {
        if (away) throw new Error('connection refused');
        return target[name];
      },
    });
    const rollouts = start({ store: broken });
    const { id } = await rollouts.open(request('outage'));
    const other = await rollouts.open(request('outage'));
    expect((await rollouts.verdict(id)).verdict).toBe('promote');
    away = true;
    for (const asked of [id, other.id])
      await expect(rollouts.verdict(asked)).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 });
    await expect(rollouts.tick()).rejects.toMatchObject({ code: 'unavailable' });
    away = false;
    expect((await rollouts.verdict(other.id)).verdict).toBe('promote');
  });
});
