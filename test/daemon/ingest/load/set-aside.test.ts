import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PASSING_ERRORS } from '../../../../daemon/store/store-fault.ts';
import type { Engine } from '../../../../daemon/store/engine.ts';
import { span, traces } from '../../../support/protobuf.ts';
import { lines, temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';
import { temporaryStore } from '../../../support/temporary.ts';

const refusal = (): Error => Object.assign(new Error('Type mismatch in column score'), { code: '53' });
const TABLES = ['otel_traces', 'span_minutes', 'predictions', 'prediction_minutes', 'labels'];

describe('a segment that the store refuses', () => {
  let temporary: TemporaryIngest;
  /** In place of an insert; undefined leaves it to the engine. */
  let meddle: ((table: string, token: string, insert: () => Promise<void>) => Promise<void>) | undefined;
  let next = 0;
  const stores = (): { engine: Engine } => {
    const engine = temporary.opened.store.loader;
    return {
      engine: {
        ...engine,
        insertBlocks: (table, columns, file, token, doubtful) => {
          const insert = (): Promise<void> => engine.insertBlocks(table, columns, file, token, doubtful);
          return meddle === undefined ? insert() : meddle(table, token, insert);
        },
      },
    };
  };
  /** Sends 2 predictions, a label and 3 spans, which fill one segment. */
  const send = async (model: string): Promise<void> => {
    const at = temporary.clock.now();
    const record = () => ({ prediction_id: `${model} ${next++}`, model, version: 'v1', timestamp: at, score: 0.5 });
    const label = { prediction_id: `${model} l${next++}`, label: 1, source: model };
    await Promise.all([
      temporary.ingest.accept('predictions', 'ndjson', lines([record(), record()])),
      temporary.ingest.accept('labels', 'ndjson', lines([label])),
      temporary.ingest.acceptOtlp('traces', 'protobuf', traces(model, span(at), span(at + 1), span(at - 86_400_000))),
    ]);
  };
  const stored = async (model: string): Promise<unknown> => {
    const [row] = await temporary.rows(
      `SELECT (SELECT count() FROM {database}.predictions WHERE model = {model:String}) AS rows,
              (SELECT sum(count) FROM {database}.prediction_minutes WHERE model = {model:String} AND kind = 'score') AS counted,
              (SELECT count() FROM {database}.labels WHERE source = {model:String}) AS labels,
              (SELECT count() FROM {database}.otel_traces WHERE ServiceName = {model:String}) AS spans,
              (SELECT sum(count) FROM {database}.span_minutes WHERE service = {model:String}) AS counted_spans`,
      { model },
    );
    return row;
  };
  const ALL = { rows: 2, counted: 2, labels: 1, spans: 3, counted_spans: 3 };
  beforeAll(async () => {
    temporary = await temporaryIngest({ load_tries: 3 });
    await temporary.ingest.close();
    await temporary.reopen(stores());
  });
  afterAll(async () => {
    meddle = undefined;
    await temporary.remove();
  });

  /** Sends what the store refuses in one table, and waits until it is set aside. */
  const putAside = async (model: string, refused: string): Promise<string> => {
    const before = (await temporary.ingest.setAside()).length;
    let mine = '';
    meddle = (table, token, insert) => {
      mine ||= token.slice(0, 25);
      return table === refused && token.startsWith(mine) ? Promise.reject(refusal()) : insert();
    };
    await send(model);
    await temporary.ingest.flush();
    const found = await temporary.ingest.setAside();
    expect(found).toHaveLength(before + 1);
    return found.at(-1)!.segment;
  };

  it('holds up nothing, is set aside with its reason, survives a restart, and is loaded by command', async () => {
    const segment = await putAside('refused', 'prediction_minutes');
    await send('behind');
    await temporary.ingest.flush();
    expect(await stored('behind')).toEqual(ALL);
    expect(await stored('refused')).toEqual({ ...ALL, counted: 0 });
    for (const life of [1, 2]) {
      const [aside] = await temporary.ingest.setAside();
      expect(aside, `life ${life}`).toMatchObject({ segment, tries: 3, firstReceivedAt: temporary.clock.now() });
      expect(aside!.tables.map(({ table, state, code }) => [table, state, code])).toEqual(
        TABLES.map((table) => (table === 'prediction_minutes' ? [table, 'refused', 53] : [table, 'loaded', null])),
      );
      expect(aside!.tables[3]!.reason).toContain('Type mismatch');
      const counters = await temporary.ingest.counters();
      expect(counters).toMatchObject({ setAside: { segments: 1, rows: { prediction_minutes: 2 } }, lagSeconds: 0 });
      expect(counters.spoolBytes).toBeGreaterThan(500);
      await temporary.ingest.close();
      await temporary.reopen(stores());
    }
    meddle = () => Promise.reject(refusal());
    expect(await temporary.ingest.retry(segment)).toMatchObject({ segment, state: 'refused' });
    meddle = () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    await expect(temporary.ingest.retry(segment)).rejects.toMatchObject({ code: 'unavailable' });
    meddle = undefined;
    const both = await Promise.allSettled([temporary.ingest.retry(segment), temporary.ingest.retry(segment)]);
    expect(both).toMatchObject([{ value: { segment, state: 'loaded' } }, { reason: { code: 'conflict' } }]);
    await expect(temporary.ingest.retry(segment)).rejects.toMatchObject({ code: 'unknown_id' });
    expect(await stored('refused')).toEqual(ALL);
    expect(await temporary.ingest.setAside()).toEqual([]);
    expect((await temporary.ingest.counters()).spoolBytes).toBe(0);
    expect((await readdir(temporary.directory)).filter((name) => name.includes(segment))).toEqual([
      `${segment}.remembered`,
    ]);
  });

  it('is stored once though the engine had taken it and has forgotten the tokens', async () => {
    for (const table of TABLES) {
      const model = `forgotten ${table}`;
      meddle = async (at, _token, insert) => {
        // The engine takes it, the answer is lost, and the next ones are refusals.
        if (at === table) await insert();
        throw refusal();
      };
      await send(model);
      await temporary.ingest.flush();
      const [{ segment } = { segment: '' }] = await temporary.ingest.setAside();
      meddle = undefined;
      // Another token stands for one that the engine does not remember.
      const engine = temporary.opened.store.loader;
      const insertBlocks = engine.insertBlocks.bind(engine);
      const forgetful = vi
        .spyOn(engine, 'insertBlocks')
        .mockImplementation((at, columns, file, token, doubtful) =>
          insertBlocks(at, columns, file, `${token} again`, doubtful),
        );
      await temporary.ingest.close();
      await temporary.reopen(stores());
      expect(await temporary.ingest.retry(segment)).toMatchObject({ state: 'loaded' });
      forgetful.mockRestore();
      expect(await stored(model), table).toEqual(ALL);
    }
  });

  it('is loaded by command once a column is back that the real engine missed', async () => {
    const alter = (sql: string): Promise<void> => temporary.opened.store.writer.run(`ALTER TABLE {database}.${sql}`);
    meddle = undefined;
    await alter('predictions RENAME COLUMN score TO skore');
    await send('renamed');
    await temporary.ingest.flush();
    const [aside] = await temporary.ingest.setAside();
    const refused = aside!.tables.filter(({ state }) => state === 'refused');
    expect(refused).toMatchObject([{ table: 'predictions', code: 16 }]);
    expect(refused[0]!.reason).toMatch(/score/);
    expect(await temporary.ingest.retry(aside!.segment)).toMatchObject({ state: 'refused' });
    await alter('predictions RENAME COLUMN skore TO score');
    expect(await temporary.ingest.retry(aside!.segment)).toMatchObject({ state: 'loaded' });
    expect(await stored('renamed')).toEqual(ALL);
  });

  it.each([
    ['is full', { code: '243', message: 'Cannot reserve 1.00 MiB, not enough space' }],
    ['is out of memory', { code: '241', message: 'Memory limit (total) exceeded' }],
    ['answers with what its disk says', { code: '1001', message: 'std::exception: No space left on device' }],
    ['cannot be reached', { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:8123' }],
  ])('is not set aside while the store %s, however often it is tried', async (_what, { code, message }) => {
    let tries = 0;
    const model = `away ${code}`;
    meddle = async (_table, _token, insert) => {
      if (tries++ < 5) throw Object.assign(new Error(message), { code });
      await insert();
    };
    await send(model);
    await temporary.ingest.flush();
    expect(tries).toBe(5 + TABLES.length);
    expect(await temporary.ingest.setAside()).toEqual([]);
    expect(await stored(model)).toEqual(ALL);
  });

  it('is set aside for an error that says nothing only if the store takes others', async () => {
    const odd = new Error('something went wrong');
    let tries = 0;
    meddle = async (_table, _token, insert) => {
      if (tries++ < 4) throw odd;
      await insert();
    };
    await send('odd store');
    await temporary.ingest.flush();
    expect(await temporary.ingest.setAside()).toEqual([]);
    expect(await stored('odd store')).toEqual(ALL);

    let mine = '';
    meddle = (_table, token, insert) => {
      mine ||= token.slice(0, 25);
      return token.startsWith(mine) ? Promise.reject(odd) : insert();
    };
    await send('odd segment');
    const flushed = temporary.ingest.flush();
    for (let others = 0; (await temporary.ingest.setAside()).length === 0; others++) {
      await send(`other ${others}`);
      void temporary.ingest.flush();
      await vi.waitFor(async () => expect(await stored(`other ${others}`)).toEqual(ALL), { timeout: 10_000 });
    }
    await flushed;
    meddle = undefined;
    expect(await temporary.ingest.setAside()).toMatchObject([{ segment: mine, tries: 3 }]);
    expect(await temporary.ingest.retry(mine)).toMatchObject({ state: 'loaded' });
    expect(await stored('odd segment')).toEqual(ALL);
  });

  it('has its damaged blocks made again from its bodies, one by one, and is stored whole', async () => {
    const damages: [string, (file: string) => Promise<void>][] = [
      ['turned', async (file) => turnBit(file)],
      ['cut', (file) => truncate(file, 20)],
      ['emptied', (file) => truncate(file, 0)],
      ['gone', (file) => rm(file)],
    ];
    for (const [what, damage] of damages) {
      const model = `blocks ${what}`;
      // What an earlier segment took is no part of this one, though its bodies hold it.
      await temporary.ingest.accept('predictions', 'ndjson', lines([repeated(model)]));
      await temporary.ingest.flush();
      meddle = () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNRESET' }));
      await send(model);
      await temporary.ingest.accept('predictions', 'ndjson', lines([repeated(model), { nonsense: 1 }]));
      await temporary.ingest.close();
      const blocks = (await readdir(temporary.directory)).filter((name) => name.endsWith('.native'));
      expect(blocks).toHaveLength(TABLES.length);
      for (const block of blocks) await damage(join(temporary.directory, block));
      meddle = undefined;
      await temporary.reopen(stores());
      await temporary.ingest.flush();
      expect((await temporary.ingest.counters()).mended['block_damaged'], what).toBe(TABLES.length);
      expect(await stored(model), what).toEqual({ ...ALL, rows: 3, counted: 3 });
    }
  });

  it('is set aside, and said to be damaged, when neither its blocks nor its bodies can be read', async () => {
    meddle = () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNRESET' }));
    await send('lost');
    await temporary.ingest.close();
    const files = await readdir(temporary.directory);
    const labels = files.find((name) => name.endsWith('.labels.native'))!;
    const bodies = files.find((name) => name.endsWith('.spool'))!;
    await turnBit(join(temporary.directory, labels));
    await writeFile(join(temporary.directory, bodies), Buffer.alloc(1000));
    meddle = undefined;
    await temporary.reopen(stores());
    await temporary.ingest.flush();
    const [aside] = await temporary.ingest.setAside();
    expect(aside!.tables.filter(({ state }) => state === 'refused')).toMatchObject([
      { table: 'labels', reason: expect.stringMatching(/damaged/) as string },
    ]);
    expect(await stored('lost')).toEqual({ ...ALL, labels: 0 });
  });

  it('leaves no segment twice in the rollups: every mark counts one', async () => {
    const [row] = await temporary.rows<{ most: number; marks: number }>(
      `SELECT max(most) AS most, sum(marks) AS marks FROM (
         SELECT arrayMax(mapValues(sumMap(numbers))) AS most, length(sumMap(numbers)) AS marks
         FROM {database}.prediction_minutes WHERE kind = 'segment' GROUP BY bucket
         UNION ALL
         SELECT arrayMax(mapValues(sumMap(durations))) AS most, length(sumMap(durations)) AS marks
         FROM {database}.span_minutes WHERE service = '\\0segment' GROUP BY bucket)`,
    );
    expect(row!.marks).toBeGreaterThan(30);
    expect(row!.most).toBe(1);
  });

  function repeated(model: string): object {
    return { prediction_id: `${model} repeated`, model, version: 'v1', timestamp: temporary.clock.now(), score: 0.5 };
  }
});

describe('errors of ClickHouse that pass by themselves', () => {
  it('go by the numbers that the engine gives them', async () => {
    const { store, remove } = await temporaryStore();
    const rows = await store.watcher.rows<{ code: number; name: string }>(
      'SELECT code, errorCodeToName(code) AS name FROM (SELECT arrayJoin({codes:Array(Int32)}) AS code)',
      { codes: [...PASSING_ERRORS.keys()] },
    );
    await remove();
    expect(rows.length).toBeGreaterThan(40);
    expect(new Map(rows.map(({ code, name }) => [code, name]))).toEqual(PASSING_ERRORS);
  });
});

async function turnBit(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[Math.floor(bytes.length / 2)]! ^= 4;
  await writeFile(file, bytes);
}
