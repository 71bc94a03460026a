import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ModelInput, Rollout } from '../../../detectors/terms.ts';
import { defaultConfig, type ModelSettings } from '../../../daemon/config/config.ts';
import { openScoringThreads } from '../../../shadow/scoring-threads.ts';
import { openLiveShadows, type LiveShadows } from '../../../daemon/rollout/live-shadows.ts';
import { openRollouts } from '../../../daemon/rollout/rollouts.ts';
import { openVersions, type Versions } from '../../../daemon/rollout/versions.ts';
import { classModelFolder, layersModelFolder, sigmoid, slowModelFolder, softmax } from '../../shadow/model-folder.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { label } from './recorded.ts';

const INPUT: ModelInput = { feature: 'x', encoding: 'number', fill: 0, log1p: false, mean: 0, scale: 1 };

describe('a live shadow', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let versions: Versions;
  let now = Date.now();
  const clock = { now: () => now };
  const open: LiveShadows[] = [];
  /** Nothing is kept: each start stands for that of a daemon. */
  const threads = openScoringThreads(0);
  const rollouts: Rollout[] = [];
  const shadowOf = new Map<string, string>();

  const start = async (
    change: Partial<ReturnType<typeof defaultConfig>['shadows']> = {},
    replays: Partial<ReturnType<typeof defaultConfig>['replays']> = {},
  ): Promise<LiveShadows> => {
    const config = defaultConfig();
    const shadows = await openLiveShadows({
      store: opened.store,
      versions,
      threads,
      replays: { ...config.replays, backend: 'wasm', ...replays },
      settings: { ...config.shadows, ...change },
      openRollouts: () => Promise.resolve(rollouts),
      knownModels: () => [...shadowOf.keys()],
      modelSettings: (model): ModelSettings => ({
        ...config.models.defaults,
        shadow: shadowOf.get(model) ?? '',
        slices: ['region'],
      }),
      clock,
      log: pino({ level: 'silent' }),
    });
    open.push(shadows);
    return shadows;
  };
  const register = async (model: string): Promise<void> => {
    for (const [version, weights] of [
      ['v1', [1]],
      ['v2', [-1]],
    ] as const) {
      await layersModelFolder(join(opened.directory, 'models', `${model}-${version}`), { weights });
      await versions.register(model, { version, path: `${model}-${version}`, inputs: [INPUT], threshold: 0.5 });
    }
  };
  /** One segment of the spool, received now. */
  const receive = (
    model: string,
    ids: readonly string[],
    change: {
      version?: string;
      role?: string;
      at?: number;
      x?: number;
      scores?: (x: number) => Record<string, number>;
    } = {},
  ) =>
    opened.store.writer.insert(
      'predictions',
      ids.map((id, place) => ({
        timestamp: time(change.at ?? now),
        received_at: time(now),
        segment: now * 1000 + 1,
        model,
        version: change.version ?? 'v1',
        role: change.role ?? 'control',
        prediction_id: id,
        numbers_given: { x: change.x ?? place + 1 },
        ...(change.scores === undefined
          ? { score: sigmoid(place + 1) }
          : { scores: change.scores(change.x ?? place + 1) }),
        value: 10,
        tags: { region: 'EU' },
      })),
    );
  const scores = (id: string): Promise<{ prediction_id: string; version: string; score: number }[]> =>
    opened.store.reader.rows(
      `SELECT prediction_id, version, score FROM {database}.shadow_scores WHERE replay = {id:String} ORDER BY version DESC, prediction_id`,
      { id },
    );

  beforeAll(async () => {
    opened = await temporaryStore();
    versions = openVersions({
      store: opened.store,
      directory: join(opened.directory, 'models'),
      clock,
      backend: 'wasm',
      timeoutMs: 20_000,
      memoryMb: 1024,
    });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((shadows) => shadows.close()));
    rollouts.splice(0);
    shadowOf.clear();
  });
  afterAll(() => opened.remove());

  it('scores what comes in for the candidate of an open rollout, each prediction once, also across a restart', async () => {
    await register('fraud');
    rollouts.push(rollout('fraud'));
    await receive('fraud', ['before']);
    now += 1000;
    const first = await start();
    await first.turn();
    now += 1000;
    await receive('fraud', ['a', 'b']);
    await receive('fraud', ['canary'], { version: 'v2', role: 'candidate' });
    await first.turn();
    await first.turn();
    const [shadow] = await first.list('fraud');
    expect(shadow).toMatchObject({ candidate: 'v2', control: 'v1', rollout: 'r', state: 'running', backend: 'wasm' });
    expect(shadow).toMatchObject({ scored: 2, shed: 0, lagMs: 0 });
    expect(shadow?.comparison?.flips).toMatchObject({ toApprove: 2, toDecline: 0, share: 1, valueToApprove: 20 });
    expect(shadow?.bySlice.map(({ slice }) => slice)).toEqual(['region=EU']);
    await first.close();
    now += 1000;
    await receive('fraud', ['c']);
    const second = await start();
    await second.turn();
    const id = shadow?.id ?? '';
    expect(await second.get(id)).toMatchObject({ scored: 3, comparison: { flips: { toApprove: 3 } } });
    const rows = await scores(id);
    expect(rows.filter(({ version }) => version === 'v2').map((row) => row.prediction_id)).toEqual(['a', 'b', 'c']);
    expect(rows[0]?.score).toBeCloseTo(sigmoid(-1), 5);
  });

  it('gives the gate its evidence: harm is found while the control still answers everything', async () => {
    await register('gated');
    const gate = openRollouts({
      store: opened.store,
      settings: defaultConfig().rollouts,
      folder: '/nowhere',
      modelSettings: () => ({ ...defaultConfig().models.defaults, slices: ['region'] }),
      hasVersion: async () => true,
      openQualityFailures: async () => [],
      clock,
      log: pino({ level: 'silent' }),
    });
    const guardrails = [{ name: 'decision_rate', slices: ['all', 'region=EU'] }];
    const { id } = await gate.open({ model: 'gated', control: 'v1', candidate: 'v2', guardrails });
    rollouts.push(await gate.get(id));
    const shadows = await start();
    now += 1000;
    await receive(
      'gated',
      Array.from({ length: 900 }, (_, n) => `g${n}`),
    );
    expect((await gate.verdict(id)).verdict).toBe('hold');
    await shadows.turn();
    now += 10_000;
    const decision = await gate.verdict(id);
    expect(decision).toMatchObject({ verdict: 'rollback' });
    expect(decision.checks.map(({ slice, events, state }) => [slice, events, state])).toEqual([
      ['all', 900, 'harmful'],
      ['region=EU', 900, 'harmful'],
    ]);
    expect(decision.reasons.join()).toMatch(/in shadow: surely worse/);
    expect(await gate.recompute(id, decision.id)).toMatchObject({ equal: true });
  });

  it.each([
    ['hangs', 3000, /^timeout$/],
    ['throws', 3_000_000, /^(no_score|worker_lost)$/],
  ])(
    'that %s on part of the traffic is rolled back by the guardrail of errors',
    async (does, x, reason) => {
      const model = `${does} at times`;
      await slowModelFolder(join(opened.directory, 'models', `${model}-v2`), 20);
      await versions.register(model, {
        version: 'v2',
        path: `${model}-v2`,
        inputs: [INPUT],
        threshold: 0.9,
      });
      const gate = openRollouts({
        store: opened.store,
        settings: defaultConfig().rollouts,
        folder: '/nowhere',
        modelSettings: () => defaultConfig().models.defaults,
        hasVersion: async () => true,
        openQualityFailures: async () => [],
        clock,
        log: pino({ level: 'silent' }),
      });
      const guardrails = [{ name: 'errors', slices: ['all'] }];
      const { id } = await gate.open({ model, control: 'v1', candidate: 'v2', guardrails });
      rollouts.push(await gate.get(id));
      // The batches of two threads hang; each costs the thread, and all of its predictions.
      const shadows = await start({}, { timeout: 5000, batch: 50 });
      now += 1000;
      await receive(
        model,
        Array.from({ length: 400 }, (_, n) => `fine ${n}`),
        { x: 1 },
      );
      await shadows.turn();
      now += 10_000;
      const before = await gate.verdict(id);
      expect(before).toMatchObject({ verdict: 'hold', checks: [{ name: 'errors', events: 400, harm: 0 }] });
      now += 1000;
      await receive(
        model,
        Array.from({ length: 100 }, (_, n) => `${does} ${n}`),
        { x },
      );
      await shadows.turn();
      now += 10_000;
      const after = await gate.verdict(id);
      expect(after).toMatchObject({
        verdict: 'rollback',
        checks: [{ name: 'errors', events: 500, state: 'harmful', harm: 0.2 }],
      });
      expect(after.reasons.join()).toMatch(/without a valid score .* in shadow: surely worse/);
      const [shadow] = await shadows.list(model);
      expect(shadow).toMatchObject({ scored: 500, comparison: { failed: 100 } });
      for (const error of Object.keys(shadow?.comparison?.errors ?? {})) expect(error).toMatch(reason);
    },
    60_000,
  );

  it('tells labels, latencies, the dearest flips and why, as a replay does, also once it has ended', async () => {
    await register('told');
    rollouts.push(rollout('told'));
    const shadows = await start();
    now += 1000;
    await receive(
      'told',
      Array.from({ length: 600 }, (_, n) => `t${n}`),
    );
    await label(
      opened.store,
      Array.from({ length: 30 }, (_, n) => ({ id: `t${n}`, label: n < 10 ? '1' : '0', at: now })),
    );
    await shadows.turn();
    const id = (await shadows.list('told'))[0]?.id ?? '';
    await expect.poll(async () => (await shadows.get(id)).comparedAt, { timeout: 20_000 }).toBe(now);
    const told = await shadows.get(id);
    // The control declines all, the candidate approves all: it misses what is fraud and is right on the rest.
    expect(told.comparison?.labelled).toMatchObject({
      count: 30,
      positives: 10,
      onlyControlRight: 10,
      onlyCandidateRight: 20,
      control: { missedValue: 0, wronglyDeclinedValue: 200 },
      candidate: { missedValue: 100, wronglyDeclinedValue: 0 },
    });
    expect(told.bySlice[0]).toMatchObject({ slice: 'region=EU', labelled: { count: 30 } });
    expect(told.examples.toApprove).toHaveLength(10);
    expect(told.examples.toApprove[0]).toMatchObject({ value: 10, version: 'v1', tags: { region: 'EU' } });
    expect(told.latency?.control.p50).toBeGreaterThan(0);
    expect(told.explained).toEqual({ flips: 200, predictions: 600 });
    expect(told.attribution).toMatchObject([{ feature: 'x' }]);
    // What comes later is told at the next look, a minute later and after a rest.
    await label(opened.store, [{ id: 't40', label: '1', at: now }]);
    await shadows.close();
    rollouts.splice(0);
    const again = await start();
    const { examples, latency, attribution, explained, comparison } = told;
    const { labelled, flips } = comparison!;
    expect(await again.get(id)).toMatchObject({
      examples,
      latency,
      attribution,
      explained,
      comparedAt: told.comparedAt,
      comparison: { labelled, flips },
    });
    rollouts.push(rollout('told'));
    now += 61_000;
    await receive('told', ['t600']);
    await again.turn();
    await expect.poll(async () => (await again.get(id)).comparison?.labelled.count, { timeout: 20_000 }).toBe(31);
    // It ends with its rollout, and takes a last look at what has come since the one before.
    await label(opened.store, [{ id: 't41', label: '1', at: now }]);
    rollouts.splice(0);
    now += 6000;
    await again.turn();
    await expect.poll(async () => (await again.get(id)).comparison?.labelled.count, { timeout: 20_000 }).toBe(32);
    expect(await again.get(id)).toMatchObject({
      state: 'ended',
      scored: 601,
      comparison: { flips: { toApprove: 601 } },
      comparedAt: now,
    });
  });

  it('ends without a last look where the daemon stops first, and leaves the next one of its name alone', async () => {
    await register('brief');
    rollouts.push(rollout('brief'));
    const shadows = await start();
    await shadows.turn();
    now += 1000;
    await receive('brief', ['a', 'b']);
    await shadows.turn();
    rollouts.splice(0, 1, { ...rollout('brief'), id: 'next' });
    now += 6000;
    await shadows.turn();
    await shadows.close();
    const again = await start();
    expect(await again.list('brief')).toMatchObject([{ state: 'waiting', rollout: 'next', scored: 0, since: now }]);
  });

  it('of a candidate that tells classes apart compares class by class, with labels and reasons, also once it has ended', async () => {
    const classes = ['genuine', 'fraud', 'dispute'];
    for (const [version, weights] of [
      ['v1', [0, 1, -1]],
      ['v2', [0, -1, 1]],
    ] as const) {
      await classModelFolder(join(opened.directory, 'models', `tiers-${version}`), { weights: [weights] });
      await versions.register('tiers', { version, path: `tiers-${version}`, inputs: [INPUT], classes });
    }
    rollouts.push(rollout('tiers'));
    const shadows = await start();
    await shadows.turn();
    now += 1000;
    const ids = Array.from({ length: 40 }, (_, n) => `c${n}`);
    const recorded = (x: number): Record<string, number> => {
      const answered = softmax([0, x, -x]);
      return Object.fromEntries(classes.map((name, at) => [name, answered[at] ?? 0]));
    };
    await receive('tiers', ids, { scores: recorded });
    // One that names a class which nobody knew when the shadow began.
    now += 1000;
    await receive('tiers', ['late'], { scores: () => ({ chargeback: 0.75, genuine: 0.25 }) });
    await label(
      opened.store,
      ids.slice(0, 10).map((id) => ({ id, label: 'fraud', at: now })),
    );
    await shadows.turn();
    const id = (await shadows.list('tiers'))[0]?.id ?? '';
    await expect.poll(async () => (await shadows.get(id)).comparedAt, { timeout: 20_000 }).toBe(now);
    const told = await shadows.get(id);
    expect(told).toMatchObject({
      state: 'running',
      scored: 41,
      comparison: null,
      noiseFloor: { flips: expect.any(Number) },
    });
    expect(told.classes?.comparison?.flips).toMatchObject({
      count: 41,
      share: 1,
      value: 410,
      changes: [
        { from: 'fraud', to: 'dispute', count: 40 },
        { from: '(other)', to: 'dispute', count: 1 },
      ],
    });
    expect(told.classes?.comparison?.labelled).toMatchObject({
      count: 10,
      onlyControlRight: 10,
      control: { accuracy: 1 },
      candidate: { accuracy: 0 },
    });
    expect(told.classes?.bySlice[0]).toMatchObject({ slice: 'region=EU', labelled: { count: 10 } });
    expect(told.classes?.examples[0]).toMatchObject({ from: 'fraud', to: 'dispute', tags: { region: 'EU' } });
    expect(told.attribution).toMatchObject([{ feature: 'x' }]);
    await shadows.close();
    rollouts.splice(0);
    const again = await start();
    const { labelled: _, ...kept } = told.classes!.comparison!;
    expect((await again.get(id)).classes?.comparison).toMatchObject(kept);
    expect((await again.get(id)).classes?.examples).toEqual(told.classes?.examples);
  });

  it('goes to the next rollout of its candidate with that one’s control, the earliest first', async () => {
    await register('handed on');
    const [first, second] = [rollout('handed on'), { ...rollout('handed on'), id: 's', control: 'v0', openedAt: 2 }];
    // The store tells the latest change first.
    rollouts.push(second, first);
    const shadows = await start();
    const look = async () => {
      now += 6000;
      await shadows.turn();
      now += 1000;
      await receive('handed on', [`old ${now}`], { version: 'v0' });
      await receive('handed on', [`new ${now}`]);
      await shadows.turn();
      return (await shadows.list('handed on')).map((each) => [each.rollout, each.control, each.scored]);
    };
    expect(await look()).toEqual([['r', 'v1', 1]]);
    rollouts.reverse();
    expect(await look()).toEqual([['r', 'v1', 2]]);
    rollouts.splice(0, 2, second);
    expect(await look()).toEqual([['s', 'v0', 1]]);
    const scored = await scores((await shadows.list('handed on'))[0]?.id ?? '');
    expect(scored.filter(({ version, prediction_id: id }) => version === 'v2' && id.startsWith('old'))).toHaveLength(1);
  });

  it('sheds what it could not score in time, and says how much', async () => {
    await register('late');
    shadowOf.set('late', 'v2');
    const shadows = await start({ max_lag: 5000 });
    await shadows.turn();
    now += 1000;
    await receive('late', ['old 1', 'old 2']);
    now += 6000;
    await receive('late', ['new']);
    await shadows.turn();
    const [shadow] = await shadows.list('late');
    expect(shadow).toMatchObject({ rollout: null, control: null, scored: 1, shed: 2 });
    expect(shadows.readings()).toMatchObject([{ model: 'late', candidate: 'v2', scored: 1, shed: 2 }]);
  });

  it('scores a share, the same predictions whoever asks', async () => {
    await register('shared');
    shadowOf.set('shared', 'v2');
    const shadows = await start({ share: 0.5 });
    await shadows.turn();
    now += 1000;
    await receive(
      'shared',
      Array.from({ length: 400 }, (_, at) => `p${at}`),
    );
    await shadows.turn();
    const [shadow] = await shadows.list('shared');
    expect(shadow?.scored).toBeGreaterThan(150);
    expect(shadow?.scored).toBeLessThan(250);
  });

  it('that hangs holds up no other, says how far it is behind, and keeps what it failed at for the gate', async () => {
    await slowModelFolder(join(opened.directory, 'models', 'hangs-v2'), 20);
    await versions.register('hangs', { version: 'v2', path: 'hangs-v2', inputs: [INPUT], threshold: 0.5 });
    await register('quick');
    shadowOf.set('hangs', 'v2').set('quick', 'v2');
    const shadows = await start({ max_lag: 60_000 }, { timeout: 1500, batch: 1 });
    await shadows.turn();
    now += 1000;
    await receive('hangs', ['h1', 'h2', 'h3', 'h4', 'h5'], { x: 3000 });
    await receive('quick', ['q1']);
    const hanging = shadows.turn();
    const reading = (model: string) => shadows.readings().find((each) => each.model === model);
    await expect.poll(() => reading('quick')?.scored, { timeout: 20_000 }).toBe(1);
    now += 2000;
    expect(reading('hangs')).toMatchObject({ scored: 0, shed: 0, lagMs: 2000 });
    await receive('quick', ['q2']);
    await shadows.turn();
    expect(reading('quick')).toMatchObject({ scored: 2, shed: 0 });
    await hanging;
    // Three threads were lost to a prediction each; the other two were not shown to it.
    expect(await shadows.list('hangs')).toMatchObject([{ state: 'failed', scored: 3, shed: 2 }]);
    expect(reading('hangs')).toMatchObject({ scored: 3, shed: 2 });
    const stored = await opened.store.reader.rows(
      `SELECT error, count() AS count FROM {database}.shadow_scores WHERE model = 'hangs' GROUP BY error`,
    );
    expect(stored).toEqual([{ error: 'timeout', count: 3 }]);
  }, 60_000);

  it('is let go of in the middle of a turn, without a failure that is not the model’s', async () => {
    await slowModelFolder(join(opened.directory, 'models', 'let go-v2'), 20);
    await versions.register('let go', { version: 'v2', path: 'let go-v2', inputs: [INPUT], threshold: 0.5 });
    shadowOf.set('let go', 'v2');
    const shadows = await start();
    await shadows.turn();
    now += 1000;
    await receive('let go', ['l1'], { x: 3000 });
    const hanging = shadows.turn();
    await expect.poll(() => shadows.readings()[0]?.lagMs === 0, { timeout: 20_000 }).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await shadows.rest();
    await hanging;
    expect(await shadows.list('let go')).toMatchObject([{ state: 'waiting', reason: null, scored: 0, shed: 0 }]);
    expect(await scores((await shadows.list('let go'))[0]?.id ?? '')).toEqual([]);
  }, 60_000);

  it('counts as shed what came in while it could not run, and stays among the metrics', async () => {
    await register('away');
    shadowOf.set('away', 'v2');
    const shadows = await start({ max_lag: 5000 });
    await shadows.turn();
    now += 1000;
    await receive('away', ['a']);
    await shadows.turn();
    await shadows.close();
    await layersModelFolder(join(opened.directory, 'models', 'away-v2'), { weights: [2] });
    const again = await start({ max_lag: 5000 });
    await again.turn();
    now += 1000;
    await receive('away', ['b', 'c']);
    now += 61_000;
    await again.turn();
    expect(await again.list('away')).toMatchObject([{ state: 'failed', scored: 1, shed: 2 }]);
    expect(again.readings()).toMatchObject([{ model: 'away', scored: 1, shed: 2 }]);
    await again.close();
    // A stop of hours.
    now += 10_000;
    await receive('away', ['d']);
    now += 5 * 3_600_000;
    const later = await start({ max_lag: 5000 });
    await later.turn();
    expect(await later.list('away')).toMatchObject([{ scored: 1, shed: 3 }]);
  });

  it('says why it fails, loses no count, and ends with its rollout', async () => {
    await register('broken');
    rollouts.push(rollout('broken'));
    const shadows = await start();
    await shadows.turn();
    now += 1000;
    await receive('broken', ['a']);
    await shadows.turn();
    await shadows.close();
    await layersModelFolder(join(opened.directory, 'models', 'broken-v2'), { weights: [2] });
    const again = await start();
    await again.turn();
    const [failed] = await again.list('broken');
    expect(failed).toMatchObject({ state: 'failed', scored: 1 });
    expect(failed?.reason).toMatch(/is not the file that was registered/);
    await layersModelFolder(join(opened.directory, 'models', 'broken-v2'), { weights: [-1] });
    now += 61_000;
    await receive('broken', ['b']);
    await again.turn();
    expect(await again.list('broken')).toMatchObject([{ state: 'running', reason: null, scored: 2 }]);
    rollouts.splice(0);
    now += 6000;
    await again.turn();
    expect(await again.list('broken')).toMatchObject([{ state: 'ended', scored: 2 }]);
    expect(again.readings()).toEqual([]);
  });
});

function rollout(model: string): Rollout {
  return {
    id: 'r',
    model,
    control: 'v1',
    candidate: 'v2',
    state: 'open',
    openedAt: 1,
  } as Rollout;
}

function time(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').slice(0, 23);
}
