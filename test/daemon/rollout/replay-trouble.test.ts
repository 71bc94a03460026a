import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Replay } from '../../../detectors/terms.ts';
import { defaultConfig, type Config } from '../../../daemon/config/config.ts';
import { openReplays, type Replays } from '../../../daemon/rollout/replays.ts';
import { openVersions, type Versions } from '../../../daemon/rollout/versions.ts';
import type { Engine } from '../../../daemon/store/engine.ts';
import type { Store } from '../../../daemon/store/store.ts';
import { openScoringThreads } from '../../../shadow/scoring-threads.ts';
import { layersModelFolder, sigmoid } from '../../shadow/model-folder.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { record } from './recorded.ts';

const NOW = Date.now();
const FROM = NOW - 86_400_000;
const COUNT = 400;

/** In place of a statement: throws, or lets it pass. */
type Meddle = (statement: string, given?: unknown) => void;

function meddled(engine: Engine, meddle: Meddle): Engine {
  const passed = async <T>(statement: string, work: () => Promise<T>, given?: unknown): Promise<T> => {
    meddle(statement, given);
    return work();
  };
  return {
    rows: <Row>(...given: Parameters<Engine['rows']>) => passed(given[0], () => engine.rows<Row>(...given)),
    bytes: (...given) => passed(given[0], () => engine.bytes(...given)),
    save: (...given) => passed('save', () => engine.save(...given), given[3]),
    run: (...given) => passed(given[0], () => engine.run(...given)),
    insert: (...given) => passed(`insert ${given[0]}`, () => engine.insert(...given)),
    insertBlocks: (...given) => passed(`insertBlocks ${given[0]}`, () => engine.insertBlocks(...given)),
    close: () => engine.close(),
  };
}

const AWAY = (): Error => Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:8123'), { code: 'ECONNREFUSED' });

describe('a replay in trouble', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let versions: Versions;
  const running: Replays[] = [];
  const threads = openScoringThreads();
  const clock = { now: () => NOW };

  const open = async (meddle: Meddle = () => undefined, change: Partial<Config['replays']> = {}): Promise<Replays> => {
    const { store } = opened;
    const through: Store = {
      ...store,
      bulk: meddled(store.bulk, meddle),
      shadow: meddled(store.shadow, meddle),
      documents: (collection) => {
        const documents = store.documents(collection);
        return {
          ...documents,
          put: async (document: { state: string }) => {
            meddle(`put ${document.state}`);
            await documents.put(document as never);
          },
        } as never;
      },
    };
    const replays = await openReplays({
      store: through,
      versions,
      threads,
      settings: { ...defaultConfig().replays, backend: 'wasm', batch: 16, ...change },
      clock,
      log: pino({ level: 'silent' }),
      modelSettings: () => ({ ...defaultConfig().models.defaults, slices: ['region'] }),
      firstPauseMs: 1,
    });
    running.push(replays);
    return replays;
  };
  const start = (replays: Replays, change: Partial<Parameters<Replays['start']>[0]> = {}): Promise<Replay> =>
    replays.start({ model: 'm', candidate: 'v2', control: 'v1', window: { from: FROM, to: NOW }, ...change });
  const scoredTwice = async (id: string): Promise<{ readonly rows: number; readonly ids: number }> => {
    const [found] = await opened.store.reader.rows<{ rows: number; ids: number }>(
      `SELECT count() AS rows, uniqExact(prediction_id) AS ids FROM {database}.shadow_scores FINAL
       WHERE replay = {id:String} AND version = 'v2'`,
      { id },
    );
    return found!;
  };

  beforeAll(async () => {
    opened = await temporaryStore();
    const models = join(opened.directory, 'models');
    versions = openVersions({
      store: opened.store,
      directory: models,
      clock,
      backend: 'wasm',
      timeoutMs: 20_000,
      memoryMb: 1024,
    });
    const inputs = [{ feature: 'x', encoding: 'number' as const, fill: 0, log1p: false, mean: 0, scale: 1 }];
    for (const [version, bias] of [
      ['v1', 0],
      ['v2', 0.4],
    ] as const) {
      await layersModelFolder(join(models, version), { weights: [1], bias });
      await versions.register('m', { version, path: version, inputs, threshold: 0.5 });
    }
    await record(
      opened.store,
      Array.from({ length: COUNT }, (_, n) => ({
        id: `p${n}`,
        at: FROM + n * 1000,
        model: 'm',
        numbers: { x: (n % 41) / 10 - 2 },
        score: sigmoid((n % 41) / 10 - 2),
        value: n,
        tags: { region: n % 3 === 0 ? 'EU' : 'US' },
      })),
    );
  });
  afterAll(async () => {
    await Promise.all(running.map((replays) => replays.close()));
    await threads.close();
    await opened.remove();
  });

  it('tries every statement again that the store failed at, and finds what an undisturbed one finds', async () => {
    const quiet = await open();
    const { id } = await start(quiet);
    await quiet.idle();
    const expected = await quiet.get(id);
    expect(expected).toMatchObject({ state: 'done', recorded: COUNT, replayed: COUNT });
    expect(expected.latency?.count).toBe(COUNT);

    const failures = new Map<string, number>();
    // Each statement fails twice: the server is away, then it refuses.
    const replays = await open((statement) => {
      if (statement === 'put queued') return;
      const before = failures.get(statement) ?? 0;
      failures.set(statement, before + 1);
      if (before === 0) throw AWAY();
      if (before === 1) throw Object.assign(new Error('Code: 241. Memory limit exceeded'), { code: '241' });
    });
    const troubled = await start(replays);
    await replays.idle();
    const found = await replays.get(troubled.id);
    expect(failures.size).toBeGreaterThan(10);
    expect(found).toMatchObject({ state: 'done', waiting: null, error: null, recorded: COUNT, replayed: COUNT });
    expect(found.latency?.count).toBe(COUNT);
    const { comparison, bySlice, noiseFloor, examples, attribution } = expected;
    expect(found).toMatchObject({ comparison, bySlice, noiseFloor, examples, attribution });
    expect(await scoredTwice(found.id)).toEqual({ rows: COUNT, ids: COUNT });
  });

  /** Fails whatever reads the last predictions of a replay that ends at `to`, until told otherwise. */
  const awayFor = (to: number) => {
    const state = { isAway: true, asked: 0 };
    const meddle: Meddle = (statement, given) => {
      if (!state.isAway || statement !== 'save' || (given as { to: number }).to !== to) return;
      state.asked++;
      throw AWAY();
    };
    return { state, meddle };
  };
  const LONG = { from: FROM, to: NOW - 1 };

  it('says what it waits for, lets others go on meanwhile, and goes on itself when the store is back', async () => {
    const { state, meddle } = awayFor(NOW - 1);
    const replays = await open(meddle);
    const one = await start(replays, { window: LONG });
    const two = await start(replays);
    expect((await replays.get(two.id)).waiting?.reason).toBe('the replays that were asked for before it');
    await vi.waitFor(async () => {
      expect(await replays.get(one.id)).toMatchObject({ state: 'running' });
      expect((await replays.get(one.id)).waiting?.reason).toBe('the store: connect ECONNREFUSED 10.0.0.1:8123');
      expect((await replays.get(two.id)).state).toBe('done');
    }, 20_000);
    state.isAway = false;
    await replays.idle();
    expect(await replays.get(one.id)).toMatchObject({ state: 'done', recorded: COUNT, replayed: COUNT, waiting: null });
  });

  it('at a recorded pace keeps the order of time, whichever versions answered, and is swept without a pause', async () => {
    const at = FROM - 3_600_000;
    await record(
      opened.store,
      Array.from({ length: 60 }, (_, n) => ({
        id: `both ${n}`,
        at: at + n * 100,
        model: 'm',
        version: n % 2 === 0 ? 'a' : 'b',
        numbers: { x: n / 30 },
        score: 0.4,
      })),
    );
    const read: { readonly version: string; readonly from: number }[] = [];
    const meddle: Meddle = (statement, given) => {
      if (statement !== 'save') return;
      const asked = given as { versions: string[]; from: number };
      read.push({ version: asked.versions.join(), from: asked.from - at });
    };
    const replays = await open(meddle);
    const window = { from: at, to: at + 6000 };
    const { id } = await replays.start({ model: 'm', candidate: 'v2', window, pace: 4 });
    await replays.idle();
    expect(await replays.get(id)).toMatchObject({ state: 'done', recorded: 60, replayed: 60, bySlice: [] });
    expect(read).toEqual(
      [0, 2000, 4000].flatMap((from) =>
        ['a', 'b'].map((version) => ({ version, from: expect.closeTo(from, -3) as number })),
      ),
    );
    // Scores that a kill lost: they are not waited for once more.
    const stored = opened.store.documents<{ id: string; model: string; state: string }>('replays');
    const done = await stored.get(id);
    await opened.store.writer.run(
      `DELETE FROM {database}.shadow_scores WHERE replay = {id:String} AND prediction_id IN ('both 3', 'both 58')`,
      { id },
    );
    await stored.put({ ...done!, state: 'running', pace: 0.001 } as never);
    const again = await open();
    await again.resume();
    await again.idle();
    expect(await again.get(id)).toMatchObject({ state: 'done', recorded: 60, replayed: 60 });
    expect(await scoredTwice(id)).toEqual({ rows: 60, ids: 60 });
  });

  it('fails with the reason when the store refuses a statement again and again', async () => {
    const replays = await open((statement) => {
      if (statement === 'insertBlocks shadow_scores')
        throw Object.assign(new Error('Code: 53. Type mismatch in column score'), { code: '53' });
    });
    const { id } = await start(replays);
    await replays.idle();
    expect(await replays.get(id)).toMatchObject({ state: 'failed', error: 'Code: 53. Type mismatch in column score' });
  });

  it('that waits for the store when the daemon stops goes on at the next start', async () => {
    const { state, meddle } = awayFor(NOW - 1);
    const replays = await open(meddle);
    const { id } = await start(replays, { window: LONG });
    await vi.waitFor(() => expect(state.asked).toBeGreaterThan(1), 20_000);
    await replays.close();
    const next = await open();
    expect((await next.get(id)).state).toBe('running');
    await next.resume();
    await next.idle();
    const found = await next.get(id);
    expect(found).toMatchObject({ state: 'done', recorded: COUNT, replayed: COUNT });
    expect(await scoredTwice(id)).toEqual({ rows: COUNT, ids: COUNT });
    // To the last digit what one finds that was never interrupted, and met the predictions in other pages.
    const whole = await open(undefined, { batch: 7 });
    const { id: other } = await start(whole, { window: LONG });
    await whole.idle();
    const { comparison, bySlice, noiseFloor, examples } = await whole.get(other);
    expect(found).toMatchObject({ comparison, bySlice, noiseFloor, examples });
  });

  it('is cancelled while it is queued, runs or waits, for good, and not once it is done', async () => {
    const { state, meddle } = awayFor(NOW - 1);
    const replays = await open(meddle);
    const waiting = await start(replays, { window: LONG });
    await vi.waitFor(() => expect(state.asked).toBeGreaterThan(1), 20_000);
    expect(await replays.cancel(waiting.id)).toMatchObject({ state: 'cancelled', finishedAt: NOW });
    const paced = await start(replays, { pace: 0.001 });
    const paces = await Promise.all(Array.from({ length: 4 }, () => start(replays, { pace: 0.001 })));
    const queued = paces.at(-1)!;
    expect((await replays.get(queued.id)).state).toBe('queued');
    await vi.waitFor(async () => expect((await replays.get(paced.id)).state).toBe('running'), 20_000);
    // Those at a recorded pace hold up no other.
    const quick = await start(replays);
    await vi.waitFor(async () => expect((await replays.get(quick.id)).attribution).not.toBeNull(), 20_000);
    await expect(replays.cancel(quick.id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(replays.cancel('nothing')).rejects.toMatchObject({ code: 'unknown_id' });
    for (const { id } of [queued, paced, ...paces]) await replays.cancel(id);
    expect((await replays.cancel(paced.id)).state).toBe('cancelled');
    await replays.idle();
    const next = await open();
    await next.resume();
    await next.idle();
    for (const { id } of [waiting, paced, ...paces])
      expect(await next.get(id)).toMatchObject({ state: 'cancelled', waiting: null, comparison: null });
    expect((await next.list('m')).filter((replay) => replay.state === 'cancelled')).toHaveLength(6);
  });
});
