import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ModelInput, Replay } from '../../../detectors/terms.ts';
import { defaultConfig, type Config, type ModelSettings } from '../../../daemon/config/config.ts';
import { openScoringThreads } from '../../../shadow/scoring-threads.ts';
import { openReplays, type Replays, type ReplaysOptions } from '../../../daemon/rollout/replays.ts';
import { readShadowEvidence } from '../../../daemon/store/evidence.ts';
import type { EvidenceQuery } from '../../../daemon/store/evidence-parts.ts';
import { readLabelledPairs } from '../../../daemon/store/replay-comparison.ts';
import { LARGEST_HASH } from '../../../daemon/store/replay-population.ts';
import { openVersions, type Versions } from '../../../daemon/rollout/versions.ts';
import { graphModelFolder, layersModelFolder, sigmoid, slowModelFolder } from '../../shadow/model-folder.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { label, record, type Recorded } from './recorded.ts';

const DAY = 86_400_000;
const NOW = Date.now();
const FROM = NOW - 10 * DAY;

function number(feature: string, change: Partial<ModelInput> = {}): ModelInput {
  return { feature, encoding: 'number', fill: 0, log1p: false, mean: 0, scale: 1, ...change };
}

interface Shadow {
  readonly version: string;
  readonly prediction_id: string;
  readonly score: number | null;
  readonly error: string;
}

async function finish(
  replays: Replays,
  model: string,
  request: Partial<Parameters<Replays['start']>[0]> = {},
): Promise<Replay> {
  const { id } = await replays.start({ model, candidate: 'v2', window: { from: FROM, to: NOW }, ...request });
  await replays.idle();
  return replays.get(id);
}

/** log1p, then mean 1 and scale 2. */
function amount(x: number): number {
  return (Math.sign(x) * Math.log1p(Math.abs(x)) - 1) / 2;
}

const EVIDENCE: EvidenceQuery = {
  model: 'strata',
  control: 'v1',
  candidate: 'v2',
  controlThreshold: 0.5,
  candidateThreshold: 0.5,
  positiveLabel: '1',
  unlabelled: 'unknown',
  maturityMs: DAY,
  slices: ['all'],
  openedAt: FROM,
  largestWeight: 1,
  asOf: NOW,
};

describe('a replay', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let versions: Versions;
  let models: string;
  const running: Replays[] = [];
  const threads = openScoringThreads();
  const clock = { now: () => NOW };
  const done: Replay[] = [];

  const open = async (
    change: Partial<ReplaysOptions> & { batch?: number; timeout?: number } = {},
  ): Promise<Replays> => {
    const settings: Config['replays'] = {
      ...defaultConfig().replays,
      backend: 'wasm',
      batch: change.batch ?? 1024,
      timeout: change.timeout ?? 20_000,
    };
    const replays = await openReplays({
      store: opened.store,
      versions,
      threads,
      settings,
      clock,
      log: pino({ level: 'silent' }),
      modelSettings: (model): ModelSettings => ({
        ...defaultConfig().models.defaults,
        label_maturity: DAY,
        unlabelled: model === 'chargebacks' ? 'negative' : 'unknown',
        slices: model === 'sliced' ? ['region'] : [],
      }),
      onDone: (replay) => done.push(replay),
      ...change,
    });
    running.push(replays);
    return replays;
  };
  const register = async (
    model: string,
    version: string,
    weights: readonly number[],
    inputs: readonly ModelInput[],
    change: { bias?: number; threshold?: number } = {},
  ): Promise<void> => {
    const path = `${model}-${version}`;
    await layersModelFolder(join(models, path), { weights, bias: change.bias ?? 0 });
    await versions.register(model, { version, path, inputs, threshold: change.threshold ?? 0.5 });
  };
  const shadow = (replay: string, version = 'v2', final = ''): Promise<Shadow[]> =>
    opened.store.reader.rows(
      `SELECT version, prediction_id, score, error FROM {database}.shadow_scores ${final}
       WHERE replay = {replay:String} AND version = {version:String} ORDER BY timestamp, prediction_id`,
      { replay, version },
    );
  const timed = async (replay: string, version: string): Promise<string[]> => {
    const rows = await opened.store.reader.rows<{ prediction_id: string }>(
      `SELECT prediction_id FROM {database}.shadow_latencies
       WHERE replay = {replay:String} AND version = {version:String} AND latency_ms > 0 ORDER BY timestamp, prediction_id`,
      { replay, version },
    );
    return rows.map((row) => row.prediction_id);
  };

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
  // A test that stops merges must not keep the deletions of the next one waiting.
  afterEach(() => opened.store.writer.run('SYSTEM START MERGES'));
  afterAll(async () => {
    await Promise.all(running.map((replays) => replays.close()));
    await threads.close();
    await opened.remove();
  });

  it('encodes every kind of feature as the registered inputs say', async () => {
    await register(
      'encoded',
      'v2',
      [1, 0.5, 0.25, 2, -2, 3],
      [
        number('amount', { log1p: true, mean: 1, scale: 2, fill: 10 }),
        number("it's `odd` {name:String}", { fill: -4 }),
        number('plain'),
        { ...number('country'), encoding: 'one_hot', categories: ['DE', "F'R"] },
        { ...number('trusted'), encoding: 'boolean' },
      ],
    );
    const odd = "it's `odd` {name:String}";
    const cases: [string, Omit<Recorded, 'id' | 'at' | 'model'>, number][] = [
      [
        'everything is there',
        { numbers: { amount: 99, [odd]: 2, plain: 8 }, categories: { country: 'DE', trusted: 'true' } },
        amount(99) + 1 + 2 + 2 + 3,
      ],
      ['everything is missing', {}, amount(10) - 2],
      ['zero is not missing', { numbers: { amount: 0, [odd]: 0, plain: 0 } }, amount(0)],
      ['negative numbers keep their sign', { numbers: { amount: -5, [odd]: -1 } }, amount(-5) - 0.5],
      [
        'a quoted category',
        { numbers: { amount: 10, [odd]: 0 }, categories: { country: "F'R", trusted: 'false' } },
        amount(10) - 2,
      ],
      [
        'an unknown category gives zeros',
        { numbers: { amount: 10, [odd]: 0 }, categories: { country: 'XX' } },
        amount(10),
      ],
      ['a number that arrived as text is missing', { numbers: { [odd]: 0 }, categories: { amount: '99' } }, amount(10)],
    ];
    await record(
      opened.store,
      cases.map(([id, given], at) => ({ id, at: FROM + at, model: 'encoded', score: 0.5, ...given })),
    );
    const replay = await finish(await open(), 'encoded');
    expect(replay).toMatchObject({ state: 'done', error: null, backend: 'wasm', recorded: 7, replayed: 7 });
    const scores = await shadow(replay.id);
    for (const [at, [name, , sum]] of cases.entries()) expect(scores[at]?.score, name).toBeCloseTo(sigmoid(sum), 5);
  });

  it('counts a repeated prediction once, and reports what is not finite instead of scoring it', async () => {
    await register('faulty', 'v2', [1, 1], [number('a'), number('b')]);
    const good = Array.from({ length: 5 }, (_, n) => ({
      id: `p${n}`,
      at: FROM + n,
      model: 'faulty',
      numbers: { a: n, b: -1 },
      score: 0.5,
    }));
    // Merges would hide the repeats; another time of arrival keeps the second block from being the same as the first.
    await opened.store.writer.run('SYSTEM STOP MERGES {database}.predictions');
    await record(opened.store, good);
    await record(
      opened.store,
      good.map((prediction) => ({ ...prediction, receivedAt: prediction.at + 1 })),
    );
    await record(opened.store, [
      { id: 'huge', at: FROM, model: 'faulty', numbers: { a: 1e39, b: 0 }, score: 0.5 },
      { id: 'unscored', at: FROM, model: 'faulty', numbers: { a: 1 }, score: null },
    ]);
    await opened.store.writer.run(
      `INSERT INTO {database}.predictions (timestamp, received_at, model, version, prediction_id, numbers_given, score)
       SELECT timestamp, received_at, model, version, 'infinite', map('a', inf), 0.5 FROM {database}.predictions WHERE prediction_id = 'huge'`,
    );
    const replay = await finish(await open(), 'faulty');
    expect(replay).toMatchObject({ state: 'done', recorded: 8, replayed: 8, control: null });
    expect(replay.comparison).toMatchObject({
      slice: 'all',
      recorded: 8,
      replayed: 8,
      failed: 2,
      errors: { not_finite: 2, no_recorded_score: 1 },
    });
    const scores = await shadow(replay.id);
    expect(scores).toHaveLength(8);
    expect(scores.filter((row) => row.error === 'not_finite').map((row) => [row.prediction_id, row.score])).toEqual([
      ['huge', null],
      ['infinite', null],
    ]);
    expect(scores.find((row) => row.prediction_id === 'p3')).toMatchObject({ error: '' });
    expect(done.find(({ id }) => id === replay.id)).toMatchObject({ state: 'done', recorded: 8 });
  });

  it('compares control and candidate on the same predictions, by slice, with labels', async () => {
    // The candidate gives sigmoid(x); recorded and candidate scores are worked out by hand.
    await register('sliced', 'v2', [1], [number('x')], { threshold: 0.6 });
    const made: [string, number, number, string, number, string | null][] = [
      ['a', 0.1, 2, 'EU', 10, '1'], // 0.88: to decline, and rightly so
      ['b', 0.9, -2, 'EU', 20, '1'], // 0.12: to approve, wrongly
      ['c', 0.7, 1, 'EU', 40, '0'], // 0.73: both decline
      ['d', 0.2, -1, 'US', 80, '0'], // 0.27: both approve
      ['e', 0.5, 0, 'US', 160, null], // 0.5: at 0.5 the control declines, below 0.6 the candidate approves
    ];
    await record(
      opened.store,
      made.map(([id, score, x, region, value], at) => ({
        id,
        at: FROM + at,
        model: 'sliced',
        numbers: { x },
        score,
        value,
        tags: { region, merchant: id },
      })),
    );
    await label(
      opened.store,
      made.flatMap(([id, , , , , text]) => (text === null ? [] : [{ id, label: text, at: NOW - DAY }])),
    );
    // An earlier label does not count, whenever it arrived.
    await label(opened.store, [{ id: 'a', label: '0', at: NOW - 2 * DAY }]);
    const replay = await finish(await open(), 'sliced', { control: 'v1' });
    const all = replay.comparison;
    expect(all).toMatchObject({ slice: 'all', recorded: 5, replayed: 5, failed: 0, errors: {} });
    expect(all?.flips).toMatchObject({
      toDecline: 1,
      toApprove: 2,
      share: 0.6,
      valueToDecline: 10,
      valueToApprove: 180,
    });
    expect(all?.flips.interval[0]).toBeCloseTo(0.2307, 3);
    expect(all?.flips.interval[1]).toBeCloseTo(0.8824, 3);
    const shifts = made.map(([, score, x]) => sigmoid(x) - score);
    const mean = shifts.reduce((sum, shift) => sum + shift, 0) / 5;
    const sd = Math.sqrt(shifts.reduce((sum, shift) => sum + (shift - mean) ** 2, 0) / 4);
    expect(all?.scoreShift.mean).toBeCloseTo(mean, 5);
    expect(all?.scoreShift.interval[1]).toBeCloseTo(mean + (1.959964 * sd) / Math.sqrt(5), 5);
    expect(all?.scoreShift.controlMean).toBeCloseTo(0.48, 6);
    // Ranks 1 5 4 2 3 against 5 1 4 2 3: 1 - 6 * 32 / (5 * 24).
    expect(all?.rankCorrelation).toBeCloseTo(-0.6, 9);
    // Positives a, b; negatives c, d. Control: 0.1 beats none, 0.9 both. Candidate: 0.88 beats both, 0.12 none.
    expect(all?.labelled).toMatchObject({
      count: 4,
      positives: 2,
      effective: 4,
      control: { auc: 0.5 },
      candidate: { auc: 0.5 },
      mcnemarP: 1,
    });
    expect(
      replay.bySlice.map((each) => [each.slice, each.recorded, each.flips.toDecline, each.flips.toApprove]),
    ).toEqual([
      ['region=EU', 3, 1, 1],
      ['region=US', 2, 0, 1],
    ]);
    expect(replay.bySlice[1]?.labelled).toMatchObject({
      count: 1,
      control: { auc: null },
      candidate: { auc: null },
      mcnemarP: null,
    });
    expect(replay.noiseFloor).toBeNull();
  });

  it('takes mature predictions without a label for negative where the model says so', async () => {
    await register('chargebacks', 'v2', [1], [number('x')]);
    await record(opened.store, [
      { id: 'f1', at: FROM, model: 'chargebacks', numbers: { x: 3 }, score: 0.2 },
      { id: 'f2', at: FROM, model: 'chargebacks', numbers: { x: -3 }, score: 0.9 },
      { id: 'f3', at: FROM, model: 'chargebacks', numbers: { x: -3 }, score: 0.9 },
      { id: 'young', at: NOW - DAY / 2, model: 'chargebacks', numbers: { x: -3 }, score: 0.9 },
    ]);
    await label(opened.store, [{ id: 'f1', label: '1', at: NOW }]);
    const { comparison } = await finish(await open(), 'chargebacks');
    expect(comparison?.labelled).toMatchObject({ count: 3, control: { auc: 0 }, candidate: { auc: 1 } });
    expect(comparison?.labelled.mcnemarP).toBeCloseTo(0.25, 12);
    expect(comparison?.rankCorrelation).toBeCloseTo(-1, 9);
  });

  it('says that rank correlation is unknown when a model gives all the same score', async () => {
    await register('constant', 'v2', [0], [number('x')]);
    await record(
      opened.store,
      [0.2, 0.4].map((score, n) => ({ id: `c${n}`, at: FROM, model: 'constant', score })),
    );
    const { comparison } = await finish(await open(), 'constant');
    expect(comparison).toMatchObject({
      rankCorrelation: null,
      labelled: { count: 0, control: { auc: null }, mcnemarP: null },
    });
  });

  it('replays the control against its own record, and times both by turns', async () => {
    await register('noisy', 'v1', [1], [number('x')]);
    await register('noisy', 'v2', [2, 1], [number('y'), number('x')]);
    const drifted = 0.01;
    await record(
      opened.store,
      Array.from({ length: 3600 }, (_, n) => ({
        id: `n${n}`,
        at: FROM + n,
        model: 'noisy',
        numbers: { x: ((n % 600) - 300) / 100, y: 1 },
        score: Math.min(1, sigmoid(((n % 600) - 300) / 100) + drifted),
      })),
    );
    const replay = await finish(await open({ batch: 70 }), 'noisy', { control: 'v1' });
    expect(replay).toMatchObject({ state: 'done', recorded: 3600, replayed: 3600 });
    expect(replay.noiseFloor?.replayed).toBe(3600);
    expect(replay.noiseFloor?.score).toBeCloseTo(drifted, 5);
    // Recorded scores of 0.5 and more that the artifact puts below: x from -0.04 to -0.01, six times.
    expect((replay.noiseFloor?.flips ?? 0) * 3600).toBeCloseTo(24, 6);
    const [ours, theirs] = [await shadow(replay.id, 'v2'), await shadow(replay.id, 'v1')];
    expect([ours.length, theirs.length]).toEqual([3600, 3600]);
    expect(theirs[400]?.score).toBeCloseTo(sigmoid(1), 5);
    // A sample of about 3,000, by hash, and more where that does not settle how fast they are; the same for both.
    const [timedOurs, timedTheirs] = [await timed(replay.id, 'v2'), await timed(replay.id, 'v1')];
    expect(timedOurs.length).toBeGreaterThan(2800);
    expect(timedTheirs).toEqual(timedOurs);
    expect(replay.latency?.count).toBe(timedOurs.length);
  });

  it('is its own noise floor when a version is replayed against its own record', async () => {
    await register('self', 'v2', [1], [number('x')]);
    await record(opened.store, [
      { id: 's', at: FROM, model: 'self', version: 'v2', numbers: { x: 1 }, score: sigmoid(1) },
    ]);
    const replay = await finish(await open(), 'self', { control: 'v2' });
    expect(replay.noiseFloor).toMatchObject({ flips: 0, replayed: 1 });
    expect(replay.noiseFloor?.score).toBeLessThan(1e-6);
  });

  it('samples the same predictions each time, exactly as many as asked', async () => {
    await register('sampled', 'v2', [1], [number('x')]);
    await record(
      opened.store,
      Array.from({ length: 200 }, (_, n) => ({
        id: `s${n}`,
        at: FROM + n,
        model: 'sampled',
        numbers: { x: n },
        score: 0.5,
      })),
    );
    const replays = await open({ batch: 1 });
    const [first, second] = [
      await finish(replays, 'sampled', { limit: 90 }),
      await finish(replays, 'sampled', { limit: 90 }),
    ];
    expect(first).toMatchObject({ state: 'done', recorded: 90, replayed: 90, limit: 90 });
    const ids = (await shadow(first.id)).map((row) => row.prediction_id);
    expect(ids).toHaveLength(90);
    expect((await shadow(second.id)).map((row) => row.prediction_id)).toEqual(ids);
    expect(await finish(replays, 'sampled', { limit: 1000 })).toMatchObject({ recorded: 200, replayed: 200 });
  });

  it('of a sample that over-represents declines is told in the whole, and is no evidence for the gate', async () => {
    await register('strata', 'v1', [1], [number('x')]);
    await register('strata', 'v2', [-1], [number('x')]);
    // One of ten is declined by the control; the candidate decides the other way round.
    await record(
      opened.store,
      Array.from({ length: 1000 }, (_, n) => ({
        id: `s${n}`,
        at: FROM + n,
        model: 'strata',
        numbers: { x: n % 10 === 0 ? 1 : -1 },
        score: sigmoid(n % 10 === 0 ? 1 : -1),
        value: 10,
      })),
    );
    const replays = await open();
    const sampled = await finish(replays, 'strata', { control: 'v1', limit: 200 });
    expect(sampled).toMatchObject({ recorded: 200, replayed: 200, population: 1000, stratified: true });
    // A hundred of each were replayed; told are all thousand that they stand for.
    expect(sampled.comparison?.flips).toMatchObject({ toApprove: 100, toDecline: 900, share: 1 });
    const evidence = () => readShadowEvidence(opened.store.reader, EVIDENCE);
    expect(await evidence()).toEqual([]);
    await finish(replays, 'strata', { control: 'v1' });
    const [all] = await evidence();
    expect(all?.events).toBe(1000);
    expect(all?.outcomes.decline_rate).toEqual([
      [-1, 100],
      [1, 900],
    ]);
    expect(all?.latency.candidate.reduce((sum, [, count]) => sum + count, 0)).toBe(1000);
  });

  it('tells of a sample what the whole shows, labels, ranks and noise floor too, to within the error of a sample', async () => {
    await register('weighed', 'v1', [1, 0], [number('x'), number('y')]);
    await register('weighed', 'v2', [1, 1], [number('x'), number('y')]);
    // One of twenty is declined by the control, whose record of them its artifact does not reproduce.
    const random = (n: number, salt: number): number => Math.abs(Math.sin(n * 12.9898 + salt) * 43_758.5453) % 1;
    const predictions = Array.from({ length: 4000 }, (_, n) => {
      const x = n % 20 === 0 ? 1 + random(n, 1) : -1 - random(n, 1);
      return { id: `w${n}`, x, y: 4 * random(n, 2) - 2, isFraud: random(n, 3) < (n % 20 === 0 ? 0.4 : 0.02) };
    });
    await record(
      opened.store,
      predictions.map(({ id, x, y }, n) => ({
        id,
        at: FROM + n,
        model: 'weighed',
        numbers: { x, y },
        score: sigmoid(x) + (x > 0 ? 0.01 : 0),
        value: 10,
      })),
    );
    await label(
      opened.store,
      predictions.map(({ id, isFraud }) => ({ id, label: isFraud ? '1' : '0', at: NOW - DAY })),
    );
    const replays = await open();
    const whole = await finish(replays, 'weighed', { control: 'v1' });
    const sample = await finish(replays, 'weighed', { control: 'v1', limit: 800 });
    const [all, of] = [whole.comparison!, sample.comparison!];
    expect([all.labelled.count, all.labelled.represents]).toEqual([4000, 4000]);
    expect([of.labelled.count, of.labelled.represents]).toEqual([800, 4000]);
    const near = (found: number | null | undefined, known: number | null | undefined, within: number): void => {
      expect(Math.abs((found ?? Number.NaN) - (known ?? Number.NaN))).toBeLessThan(within);
    };
    for (const arm of ['control', 'candidate'] as const) {
      const [found, known] = [of.labelled[arm], all.labelled[arm]];
      near(found.auc, known.auc, 0.1);
      near(found.recall, known.recall, 0.15);
      near(found.precision, known.precision, 0.1);
      near(found.falsePositiveRate, known.falsePositiveRate, 0.05);
      near(found.brier, known.brier, 0.03);
      near(found.logLoss, known.logLoss, 0.08);
      near(found.calibrationError, known.calibrationError, 0.04);
      near(found.missedValue / known.missedValue, 1, 0.5);
      near(found.wronglyDeclinedValue / known.wronglyDeclinedValue, 1, 0.25);
    }
    near(of.labelled.onlyControlRight / all.labelled.onlyControlRight, 1, 0.25);
    near(of.rankCorrelation, all.rankCorrelation, 0.06);
    near(whole.noiseFloor?.differing, 0.05, 1e-9);
    near(sample.noiseFloor?.differing, 0.05, 1e-9);
    near(sample.noiseFloor?.score, whole.noiseFloor?.score, 1e-6);
    // Of very many labels a part is read, and what that part stands for is known.
    const population = {
      model: 'weighed',
      versions: ['v1'],
      window: whole.window,
      receivedBy: NOW,
      hashAtMost: LARGEST_HASH,
    };
    const read = (most?: number) =>
      readLabelledPairs(
        opened.store.bulk,
        { replay: whole.id, version: 'v2', population, slices: [] },
        { positiveLabel: '1', unlabelled: 'unknown', maturityMs: DAY },
        NOW,
        most,
      );
    const [every, some] = [await read(), await read(400)];
    expect([every.positive.length, every.total, some.positive.length, some.total]).toEqual([4000, 4000, 400, 4000]);
    near(some.control.filter((score) => score >= 0.5).length / 400, 0.05, 0.035);
  });

  it('gives the gate a sample of traffic of which none is declined, as good as the whole', async () => {
    await register('approved', 'v2', [-1], [number('x')]);
    await record(
      opened.store,
      Array.from({ length: 300 }, (_, n) => ({
        id: `a${n}`,
        at: FROM + n,
        model: 'approved',
        numbers: { x: -1 },
        score: sigmoid(-1),
      })),
    );
    const replay = await finish(await open(), 'approved', { control: 'v1', limit: 100 });
    expect(replay).toMatchObject({ recorded: 100, comparison: { flips: { toDecline: 300, share: 1 } } });
    const [all] = await readShadowEvidence(opened.store.reader, { ...EVIDENCE, model: 'approved' });
    expect(all?.events).toBe(100);
  });

  it('is taken up once when it is asked for while those of an earlier daemon are', async () => {
    await register('prompt', 'v2', [1], [number('x')]);
    await record(opened.store, [{ id: 'p0', at: FROM, model: 'prompt', numbers: { x: 1 }, score: 0.5 }]);
    const replays = await open();
    const { id } = await replays.start({ model: 'prompt', candidate: 'v2', window: { from: FROM, to: NOW } });
    await replays.resume();
    await replays.idle();
    expect(done.filter((replay) => replay.id === id)).toHaveLength(1);
  });

  it('replays every version when none is named, and only the named one otherwise', async () => {
    await register('many', 'v2', [1], [number('x')]);
    await record(
      opened.store,
      ['v0', 'v1', 'v1'].map((version, n) => ({ id: `m${n}`, at: FROM + n, model: 'many', version, score: 0.5 })),
    );
    const replays = await open();
    expect(await finish(replays, 'many')).toMatchObject({ state: 'done', recorded: 3, replayed: 3 });
    expect(await finish(replays, 'many', { control: 'v0' })).toMatchObject({ state: 'done', recorded: 1, replayed: 1 });
  });

  it('goes on after a stop where it was, and scores each prediction once', async () => {
    await register('stopped', 'v1', [1], [number('x')]);
    await register('stopped', 'v2', [1], [number('x')], { bias: 0.1 });
    const count = 700;
    const month = Date.UTC(new Date(NOW).getUTCFullYear(), new Date(NOW).getUTCMonth(), 1);
    await record(
      opened.store,
      Array.from({ length: count }, (_, n) => ({
        id: `r${n}`,
        at: month - count / 2 + n,
        receivedAt: FROM,
        model: 'stopped',
        numbers: { x: n / 100 },
        score: 0.5,
      })),
    );
    await opened.store.writer.run('SYSTEM STOP MERGES {database}.shadow_scores');
    let pages = 0;
    const first = await open({
      batch: 10,
      clock: {
        // Asked once a page: after the third the daemon stops.
        now: () => {
          if (++pages === 4) void first.close();
          return NOW;
        },
      },
    });
    const { id } = await first.start({
      model: 'stopped',
      candidate: 'v2',
      window: { from: month - DAY, to: month + DAY },
    });
    await first.idle();
    const stopped = await first.get(id);
    expect(stopped).toMatchObject({ state: 'running', recorded: count });
    expect(stopped.replayed).toBeGreaterThan(0);
    expect(stopped.replayed).toBeLessThan(count);
    expect(await shadow(id)).toHaveLength(stopped.replayed);

    // A kill between the scores of a page and the note of where the replay stands: the note is one page old.
    const documents = opened.store.documents<{
      id: string;
      model: string;
      state: string;
      position: object;
      ledger: unknown;
    }>('replays');
    const stored = await documents.get(id);
    if (stored !== undefined) await documents.put({ ...stored, position: { version: 0, until: null }, ledger: null });

    const second = await open({ batch: 10 });
    await second.resume();
    await second.idle();
    const replay = await second.get(id);
    expect(replay).toMatchObject({ state: 'done', recorded: count, replayed: count });
    for (const version of ['v1', 'v2']) {
      const rows = await shadow(id, version, 'FINAL');
      expect(rows).toHaveLength(count);
      expect(new Set(rows.map((row) => row.prediction_id)).size).toBe(count);
    }
  });

  it('replays what is found missing at the end, such as scores that a kill lost between two partitions', async () => {
    await register('swept', 'v2', [1], [number('x')]);
    await record(
      opened.store,
      Array.from({ length: 20 }, (_, n) => ({
        id: `w${n}`,
        at: FROM + n,
        model: 'swept',
        numbers: { x: n },
        score: 0.5,
      })),
    );
    const before = await finish(await open(), 'swept');
    await opened.store.writer.run(
      `DELETE FROM {database}.shadow_scores WHERE replay = {replay:String} AND prediction_id IN ('w3', 'w4', 'w19')`,
      { replay: before.id },
    );
    expect(await shadow(before.id)).toHaveLength(17);
    const documents = opened.store.documents<{ id: string; model: string; state: string }>('replays');
    const stored = await documents.get(before.id);
    if (stored !== undefined) await documents.put({ ...stored, state: 'running' });
    const replays = await open();
    await replays.resume();
    await replays.idle();
    expect(await replays.get(before.id)).toEqual({ ...before, rowsPerSecond: null });
    const swept = await shadow(before.id, 'v2', 'FINAL');
    expect(new Set(swept.map((row) => row.prediction_id)).size).toBe(20);
    expect(swept).toHaveLength(20);
  });

  it('tells why of a score shift without flips, and of a single flip among very many predictions', async () => {
    await register('shifted', 'v2', [1, 1], [number('x'), number('y')], { bias: -3 });
    const ids = await opened.store.reader.rows<{ id: string }>(
      `SELECT concat('f', toString(number)) AS id FROM numbers(25000) ORDER BY cityHash64(id) DESC`,
    );
    // The hash of the first is the largest: no sample by hash holds it.
    const shifting = (n: number, model: string): Recorded => ({
      id: ids[n]!.id,
      at: FROM + n,
      model,
      numbers: { x: n % 2, y: model === 'rare' && n === 0 ? 9 : (n % 3) - 1 },
      score: sigmoid((n % 2) - 3),
    });
    await record(
      opened.store,
      Array.from({ length: 300 }, (_, n) => shifting(n + 1, 'shifted')),
    );
    const replays = await open();
    const shifted = await finish(replays, 'shifted');
    expect(shifted.comparison?.flips.share).toBe(0);
    expect(shifted).toMatchObject({ explained: { flips: 0, predictions: 300 } });
    expect(shifted.attribution?.map(({ feature, flips }) => [feature, flips])).toEqual([
      ['y', 0],
      ['x', 0],
    ]);
    expect(shifted.attribution?.[0]?.shift).toBeGreaterThan(0.02);
    await register('rare', 'v2', [1, 1], [number('x'), number('y')], { bias: -3 });
    await record(
      opened.store,
      Array.from({ length: 25_000 }, (_, n) => shifting(n, 'rare')),
    );
    const rare = await finish(replays, 'rare');
    expect(rare.comparison?.flips).toMatchObject({ toDecline: 1, toApprove: 0 });
    expect(rare).toMatchObject({
      explained: { flips: 1, predictions: 1000 },
      attribution: [{ feature: 'y', flips: 1 }, { feature: 'x' }],
    });
  }, 60_000);

  it('shows what an earlier version stored, and works out a why that a stop prevented', async () => {
    const documents = opened.store.documents<{ id: string; model: string; state: string; attribution?: unknown }>(
      'replays',
    );
    await register('earlier', 'v2', [1], [number('x')]);
    await record(opened.store, [{ id: 'e', at: FROM, model: 'earlier', numbers: { x: 1 }, score: 0.4 }]);
    const replays = await open();
    const before = await finish(replays, 'earlier');
    expect(before.attribution).toMatchObject([{ feature: 'x' }]);
    const stored = await documents.get(before.id);
    await documents.put({ ...stored!, attribution: null });
    await replays.resume();
    await replays.idle();
    expect((await replays.get(before.id)).attribution).toEqual(before.attribution);
    const { id, model, candidate, window, recorded, replayed, startedAt } = before;
    const old = {
      comparison: { slice: 'all', labelled: { count: 0 } },
      bySlice: [],
      slices: [],
      plan: { noiseVersion: null },
    };
    await documents.put({
      id,
      model,
      candidate,
      window,
      recorded,
      replayed,
      startedAt,
      state: 'done',
      ...old,
    } as never);
    expect(await replays.get(id)).toMatchObject({ state: 'done', comparison: null, attribution: [], population: 1 });
    expect((await replays.get(id)).error).toMatch(/earlier version of Serin: replay again/);
  });

  it('leaves out what came in after it was started', async () => {
    await register('late', 'v2', [1], [number('x')]);
    await record(opened.store, [
      { id: 'in time', at: FROM, model: 'late', score: 0.5 },
      { id: 'too late', at: FROM, model: 'late', score: 0.5, receivedAt: NOW + 1 },
    ]);
    expect(await finish(await open(), 'late')).toMatchObject({ state: 'done', recorded: 1, replayed: 1 });
  });

  it('loses a worker to an artifact that hangs on a batch, not the other predictions', async () => {
    await slowModelFolder(join(models, 'hanging'), 20);
    await versions.register('hanging', { version: 'v2', path: 'hanging', inputs: [number('x')] });
    await record(
      opened.store,
      Array.from({ length: 9 }, (_, n) => ({
        id: `h${n}`,
        at: FROM + n,
        model: 'hanging',
        numbers: { x: n === 4 ? 3000 : 1 },
        score: 0.4,
      })),
    );
    const settings: Config['replays'] = {
      backend: 'cpu',
      batch: 3,
      timeout: 1500,
      memory: 1024,
      workers: 1,
      most_paced: 1,
    };
    const replay = await finish(await open({ settings }), 'hanging');
    expect(replay).toMatchObject({ state: 'done', backend: 'cpu', recorded: 9, replayed: 9 });
    expect(replay.comparison).toMatchObject({ failed: 3, errors: { timeout: 3 } });
    expect(replay.comparison?.flips).toMatchObject({ toDecline: 6, toApprove: 0, share: 1 });
  });

  it('fails with the reason when an artifact hangs on everything', async () => {
    await slowModelFolder(join(models, 'endless'), 20);
    await versions.register('endless', { version: 'v2', path: 'endless', inputs: [number('x')] });
    await record(
      opened.store,
      Array.from({ length: 9 }, (_, n) => ({
        id: `e${n}`,
        at: FROM + n,
        model: 'endless',
        numbers: { x: 3000 },
        score: 0.4,
      })),
    );
    const settings: Config['replays'] = {
      backend: 'cpu',
      batch: 1,
      timeout: 700,
      memory: 1024,
      workers: 1,
      most_paced: 1,
    };
    const replay = await finish(await open({ settings }), 'endless');
    expect(replay).toMatchObject({ state: 'failed', comparison: null });
    expect(replay.error).toMatch(/3 worker threads were lost .*check the model/);
    expect(done.find(({ id }) => id === replay.id)).toMatchObject({ state: 'failed' });
  });

  it('fails with the reason when the files are no longer those that were registered', async () => {
    await register('swapped', 'v2', [1], [number('x')]);
    await record(opened.store, [{ id: 'x', at: FROM, model: 'swapped', score: 0.5 }]);
    await layersModelFolder(join(models, 'swapped-v2'), { weights: [2] });
    const replay = await finish(await open(), 'swapped');
    expect(replay.state).toBe('failed');
    expect(replay.error).toMatch(/weights.bin is not the file that was registered/);
  });

  it('fails with the reason when nothing was recorded, or nothing with a score', async () => {
    await register('empty', 'v2', [1], [number('x')]);
    const replays = await open();
    expect((await finish(replays, 'empty')).error).toMatch(/no prediction of empty is recorded between .*: choose/);
    expect((await finish(replays, 'empty', { control: 'v9' })).error).toMatch(/no prediction of version v9 of empty/);
    await record(opened.store, [{ id: 'x', at: FROM, model: 'empty', score: null }]);
    expect((await finish(replays, 'empty')).error).toMatch(/none of the 1 recorded predictions has a score: send/);
  });

  it('refuses requests that cannot be right, naming the field', async () => {
    await register('asked', 'v2', [1], [number('x')]);
    await record(opened.store, [
      { id: 'x', at: FROM, model: 'asked', score: 0.5, numbers: { x: 1 }, tags: { region: 'EU' } },
    ]);
    const replays = await open();
    const start = (change: object): Promise<Replay> =>
      replays.start({ model: 'asked', candidate: 'v2', window: { from: FROM, to: NOW }, ...change });
    await expect(start({ candidate: 'v7' })).rejects.toMatchObject({ code: 'unknown_version', field: 'candidate' });
    await expect(start({ window: { from: NOW, to: NOW } })).rejects.toMatchObject({
      code: 'invalid_request',
      field: 'to',
    });
    await expect(start({ limit: 0 })).rejects.toMatchObject({ code: 'invalid_request', field: 'limit' });
    await expect(start({ slices: ['regoin'] })).rejects.toThrow(/has the tag regoin, .*did you mean region\?/);
    await expect(replays.get('nothing')).rejects.toMatchObject({ code: 'unknown_id' });
    const replay = await finish(replays, 'asked', { slices: ['region', 'region', 'x>=1', 'x<1'] });
    expect(replay.bySlice.map(({ slice }) => slice)).toEqual(['region=EU', 'x>=1']);
    expect((await replays.list('asked')).map(({ id }) => id)).toEqual([replay.id]);
    expect(JSON.stringify(replay)).not.toContain('"plan"');
  });

  it('treats names as values, never as SQL', async () => {
    const model = `'||file('/etc/passwd')||'`;
    await graphModelFolder(join(models, 'evil'), { weights: [1] });
    await versions.register(model, {
      version: `v' OR 1=1 --`,
      path: 'evil',
      inputs: [number(`') FROM file('/etc/passwd`)],
    });
    await record(opened.store, [{ id: `x'`, at: FROM, model, version: `\\'`, score: 0.5, tags: { "ta'g": "va'lue" } }]);
    const replay = await finish(await open(), model, { candidate: `v' OR 1=1 --`, control: `\\'`, slices: ["ta'g"] });
    expect(replay).toMatchObject({ state: 'done', replayed: 1, bySlice: [{ slice: "ta'g=va'lue" }] });
    expect(await shadow(replay.id, `v' OR 1=1 --`)).toMatchObject([{ prediction_id: `x'`, score: 0.5 }]);
  });
});
