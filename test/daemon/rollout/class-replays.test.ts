import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClassComparison, ModelInput, Replay } from '../../../detectors/terms.ts';
import { defaultConfig } from '../../../daemon/config/config.ts';
import { openReplays, type Replays } from '../../../daemon/rollout/replays.ts';
import { openVersions, type Versions } from '../../../daemon/rollout/versions.ts';
import { openScoringThreads } from '../../../shadow/scoring-threads.ts';
import { classModelFolder, layersModelFolder, softmax } from '../../shadow/model-folder.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { label, record, type Recorded } from './recorded.ts';

const DAY = 86_400_000;
const NOW = Date.now();
const FROM = NOW - 10 * DAY;
const INPUTS: readonly ModelInput[] = ['x', 'y'].map((feature) => ({
  feature,
  encoding: 'number',
  fill: 0,
  log1p: false,
  mean: 0,
  scale: 1,
}));

/** A model of two inputs by hand: one row of weights an input, one weight a class. */
interface Described {
  readonly classes: readonly string[];
  readonly weights: readonly [readonly number[], readonly number[]];
}

const V1: Described = {
  classes: ['genuine', 'fraud', 'dispute'],
  weights: [
    [0, 2, -1],
    [0, -1, 2],
  ],
};
/** The same classes in another order, with other weights. */
const V2: Described = {
  classes: ['dispute', 'genuine', 'fraud'],
  weights: [
    [-1, 0, 1.5],
    [2.5, 0, -1],
  ],
};

function answer({ classes, weights: [ofX, ofY] }: Described, x: number, y: number): Record<string, number> {
  const scores = softmax(classes.map((_, at) => (ofX[at] ?? 0) * x + (ofY[at] ?? 0) * y));
  return Object.fromEntries(classes.map((name, at) => [name, scores[at] ?? 0]));
}

function decide(scores: Record<string, number>): string {
  const [first = ''] = Object.keys(scores)
    .sort()
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  return first;
}

/** Points of a grid, none of which lies where two classes are alike. */
function points(count: number): { id: string; x: number; y: number }[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `p${String(at).padStart(4, '0')}`,
    x: Math.sin(at * 12.9898) * 1.7,
    y: Math.cos(at * 78.233) * 1.3,
  }));
}

describe('a replay of a candidate that tells classes apart', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let versions: Versions;
  let models: string;
  const running: Replays[] = [];
  const threads = openScoringThreads();
  const clock = { now: () => NOW };

  const open = async (batch = 1024, time = clock): Promise<Replays> => {
    const replays = await openReplays({
      store: opened.store,
      versions,
      threads,
      settings: { ...defaultConfig().replays, backend: 'wasm', batch },
      clock: time,
      log: pino({ level: 'silent' }),
      modelSettings: () => ({ ...defaultConfig().models.defaults, kind: 'multiclass', slices: ['region'] }),
    });
    running.push(replays);
    return replays;
  };
  const register = async (model: string, version: string, { classes, weights }: Described): Promise<void> => {
    const path = `${model}-${version}`;
    await classModelFolder(join(models, path), { weights });
    await versions.register(model, { version, path, inputs: INPUTS, classes });
  };
  const finish = async (
    model: string,
    request: Partial<Parameters<Replays['start']>[0]> = {},
    replays?: Replays,
  ): Promise<Replay> => {
    const all = replays ?? (await open());
    const { id } = await all.start({ model, candidate: 'v2', window: { from: FROM, to: NOW }, ...request });
    await all.idle();
    return all.get(id);
  };
  const recordPoints = (
    model: string,
    control: Described,
    count: number,
    change: (at: number) => Partial<Recorded> = () => ({}),
  ) =>
    record(
      opened.store,
      points(count).map(({ id, x, y }, at) => ({
        id,
        at: FROM + at * 1000,
        model,
        numbers: { x, y },
        scores: answer(control, x, y),
        value: at,
        tags: { region: at % 4 === 0 ? 'EU' : 'US' },
        ...change(at),
      })),
    );

  beforeAll(async () => {
    opened = await temporaryStore();
    models = join(opened.directory, 'models');
    versions = openVersions({
      store: opened.store,
      directory: models,
      clock,
      backend: 'wasm',
      timeoutMs: 20_000,
      memoryMb: 1024,
    });
  });
  afterAll(async () => {
    await Promise.all(running.map((replays) => replays.close()));
    await threads.close();
    await opened.remove();
  });

  it('tells from which class to which, the shift of each, slices, labels, why, and the dearest flips', async () => {
    await register('tiers', 'v1', V1);
    await register('tiers', 'v2', V2);
    await recordPoints('tiers', V1, 900);
    const all = points(900).map((point, at) => ({
      ...point,
      at,
      control: answer(V1, point.x, point.y),
      ours: answer(V2, point.x, point.y),
      label: ['genuine', 'fraud', 'dispute', 'fraud'][(at * 7) % 4] ?? '',
    }));
    await label(
      opened.store,
      all.filter(({ at }) => at < 400).map(({ id, label: text }) => ({ id, label: text, at: NOW - DAY })),
    );
    const replay = await finish('tiers');
    expect(replay.error).toBeNull();
    expect(replay).toMatchObject({ state: 'done', recorded: 900, replayed: 900, comparison: null, stratified: false });
    const found = replay.classes?.comparison;
    const flips = all.filter(({ control, ours }) => decide(control) !== decide(ours));
    expect(flips.length).toBeGreaterThan(30);
    expect(found?.flips).toMatchObject({
      count: flips.length,
      share: flips.length / 900,
      value: flips.reduce((sum, { at }) => sum + at, 0),
    });
    const counts = new Map<string, number>();
    for (const { control, ours } of flips) {
      const key = `${decide(control)} -> ${decide(ours)}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(new Map(found?.flips.changes.map(({ from, to, count }) => [`${from} -> ${to}`, count]))).toEqual(counts);
    for (const shift of found?.classes ?? []) {
      const mean = (of: 'control' | 'ours'): number =>
        all.reduce((sum, one) => sum + (one[of][shift.name] ?? 0), 0) / 900;
      expect(shift.shift).toBeCloseTo(mean('ours') - mean('control'), 6);
      expect(shift.shares.candidate).toBeCloseTo(
        all.filter(({ ours }) => decide(ours) === shift.name).length / 900,
        12,
      );
      expect(shift.interval[0]).toBeLessThan(shift.shift);
    }
    expect(found?.classes.map(({ name }) => name)).toEqual(['dispute', 'fraud', 'genuine']);
    const distance = (one: (typeof all)[number]): number =>
      V1.classes.reduce((sum, name) => sum + Math.abs((one.control[name] ?? 0) - (one.ours[name] ?? 0)), 0) / 2;
    expect(found?.distance.mean).toBeCloseTo(all.reduce((sum, one) => sum + distance(one), 0) / 900, 6);
    const labelled = all.filter(({ at }) => at < 400);
    const right = (of: 'control' | 'ours') => labelled.filter((one) => decide(one[of]) === one.label);
    const loss = (of: 'control' | 'ours'): number =>
      labelled.reduce((sum, one) => sum - Math.log(one[of][one.label] ?? 0), 0) / 400;
    expect(found?.labelled.count).toBe(400);
    expect(found?.labelled.control.accuracy).toBeCloseTo(right('control').length / 400, 12);
    expect(found?.labelled.candidate.accuracy).toBeCloseTo(right('ours').length / 400, 12);
    expect(found?.labelled.control.logLoss).toBeCloseTo(loss('control'), 5);
    expect(found?.labelled.candidate.logLoss).toBeCloseTo(loss('ours'), 5);
    expect(found?.labelled.lossDifference?.mean).toBeCloseTo(loss('ours') - loss('control'), 5);
    expect(found?.labelled.onlyControlRight).toBe(
      labelled.filter((one) => decide(one.control) === one.label && decide(one.ours) !== one.label).length,
    );
    // Both are replayed by the same runtime: what they answered can be had again.
    expect(replay.noiseFloor).toMatchObject({ replayed: 900, flips: 0, differing: 0 });
    expect(replay.latency?.count).toBeGreaterThan(0);
    const eu = replay.classes?.bySlice.find(({ slice }) => slice === 'region=EU');
    expect(eu).toMatchObject({ replayed: 225, flips: { count: flips.filter(({ at }) => at % 4 === 0).length } });
    expect(eu?.labelled.count).toBe(100);
    const dearest = flips.toSorted((a, b) => b.at - a.at).slice(0, 20);
    expect(replay.classes?.examples.map(({ predictionId }) => predictionId)).toEqual(dearest.map(({ id }) => id));
    const [example] = replay.classes?.examples ?? [];
    expect(example).toMatchObject({ from: decide(dearest[0]!.control), to: decide(dearest[0]!.ours) });
    expect(example?.candidateScore).toBeCloseTo(dearest[0]!.ours[decide(dearest[0]!.ours)] ?? 0, 5);
    expect(replay.explained).toEqual({ flips: Math.min(200, flips.length), predictions: 900 });
    expect(replay.attribution?.map(({ feature }) => feature).sort()).toEqual(['x', 'y']);
    expect(replay.attribution?.some((one) => one.flips > 0.2)).toBe(true);
    const stored = await opened.store.reader.rows<{ id: string; score: number; scores: Record<string, number> }>(
      `SELECT prediction_id AS id, score, scores FROM {database}.shadow_scores
       WHERE replay = {id:String} AND version = 'v2' ORDER BY prediction_id LIMIT 1`,
      { id: replay.id },
    );
    expect(Object.keys(stored[0]?.scores ?? {})).toEqual(V2.classes);
    for (const name of V2.classes) expect(stored[0]?.scores[name]).toBeCloseTo(all[0]!.ours[name] ?? 0, 6);
    expect(stored[0]?.score).toBe(Math.max(...Object.values(stored[0]!.scores)));
  });

  it('compares classes that only one of the two knows', async () => {
    const newer: Described = {
      classes: ['genuine', 'fraud', 'refund'],
      weights: [
        [0, 2, -1],
        [0, -1, 2],
      ],
    };
    await register('grown', 'v1', V1);
    await register('grown', 'v2', newer);
    await recordPoints('grown', V1, 200);
    const { classes, noiseFloor } = await finish('grown');
    const disputes = points(200).filter(({ x, y }) => decide(answer(V1, x, y)) === 'dispute').length;
    expect(disputes).toBeGreaterThan(10);
    expect(classes?.comparison?.flips.changes).toMatchObject([{ from: 'dispute', to: 'refund', count: disputes }]);
    expect(classes?.comparison?.classes.map(({ name }) => name)).toEqual(['dispute', 'fraud', 'genuine', 'refund']);
    expect(noiseFloor?.flips).toBe(0);
  });

  it('counts what has no scores, on either side, and compares the rest', async () => {
    await register('gaps', 'v1', V1);
    await register('gaps', 'v2', V2);
    await recordPoints('gaps', V1, 100, (at) => ({
      ...(at < 10 ? { scores: {} } : {}),
      ...(at >= 90 ? { numbers: { x: 1e39, y: 0 } } : {}),
    }));
    const { classes } = await finish('gaps');
    expect(classes?.comparison).toMatchObject({
      replayed: 100,
      failed: 10,
      errors: { not_finite: 10, no_recorded_score: 10 },
    });
    expect(classes?.comparison?.classes.reduce((sum, { shares }) => sum + shares.candidate, 0)).toBeCloseTo(1, 12);
  });

  it('fails with the reason where no prediction has class scores', async () => {
    await register('bare', 'v2', V2);
    await recordPoints('bare', V1, 10, () => ({ scores: {}, score: 0.4 }));
    const { state, error } = await finish('bare');
    expect([state, error]).toEqual([
      'failed',
      'none of the 10 recorded predictions has class scores: send scores, class by class, with each prediction',
    ]);
  });

  it('finds the same after a stop in its midst as undisturbed', async () => {
    await register('long', 'v1', V1);
    await register('long', 'v2', V2);
    await recordPoints('long', V1, 3000);
    const undisturbed = await finish('long');
    let asked = 0;
    const first = await open(16, {
      // Asked once a page: after a few the daemon stops.
      now: () => {
        if (++asked === 6) void first.close();
        return NOW;
      },
    });
    const { id } = await first.start({ model: 'long', candidate: 'v2', window: { from: FROM, to: NOW } });
    await first.idle();
    const second = await open(16);
    const stopped = await second.get(id);
    expect([stopped.state, stopped.replayed > 0, stopped.replayed < 3000]).toEqual(['running', true, true]);
    await second.resume();
    await second.idle();
    const resumed = await second.get(id);
    expect(resumed.classes).toEqual(undisturbed.classes);
    expect(resumed.noiseFloor).toEqual(undisturbed.noiseFloor);
  });

  it('tells of a sample what the whole shows, to within the error of a sample, each standing for as many', async () => {
    const whole = await finish('long');
    const sample = await finish('long', { limit: 1000 });
    expect(sample).toMatchObject({ recorded: 1000, replayed: 1000, population: 3000, stratified: false });
    const [of, all] = [sample.classes?.comparison, whole.classes?.comparison] as [ClassComparison, ClassComparison];
    expect(of.flips.interval[0]).toBeLessThan(all.flips.share);
    expect(of.flips.interval[1]).toBeGreaterThan(all.flips.share);
    expect(of.flips.count).toBe(Math.round(of.flips.share * 3000));
  });

  it('leaves out a noise floor where the control was registered with one score', async () => {
    await layersModelFolder(join(models, 'mixed-v1'), { weights: [1, 1] });
    await versions.register('mixed', { version: 'v1', path: 'mixed-v1', inputs: INPUTS, threshold: 0.5 });
    await register('mixed', 'v2', V2);
    await recordPoints('mixed', V1, 50);
    const { state, noiseFloor, classes } = await finish('mixed');
    expect([state, noiseFloor]).toEqual(['done', null]);
    expect(classes?.comparison?.flips.count).toBeGreaterThan(0);
  });
});
