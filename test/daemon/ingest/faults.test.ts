import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ingest } from '../../../daemon/ingest/ingest.ts';
import { readSpoolFile, SpoolFile } from '../../../daemon/ingest/spool/spool-file.ts';
import type { Engine } from '../../../daemon/store/engine.ts';
import { lines, temporaryIngest, type TemporaryIngest } from '../../support/temporary-ingest.ts';
import { span, traces } from '../../support/protobuf.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

describe('faults on the way to the store', () => {
  let temporary: TemporaryIngest;
  let fault: ((table: string, insert: () => Promise<void>) => Promise<void>) | undefined;
  let next = 0;
  const loader = (): Engine => {
    const engine = temporary.opened.store.loader;
    return {
      ...engine,
      insertBlocks: (table, columns, file, token) => {
        const insert = (): Promise<void> => engine.insertBlocks(table, columns, file, token);
        return fault === undefined ? insert() : fault(table, insert);
      },
    };
  };
  const stores = () => ({ engine: loader() });
  const record = (model: string): object => ({
    prediction_id: `f${next++}`,
    model,
    version: 'v1',
    timestamp: temporary.clock.now(),
    score: 0.5,
  });
  const send = (model: string, count = 1, ingest: Ingest = temporary.ingest) =>
    ingest.accept('predictions', 'ndjson', lines(Array.from({ length: count }, () => record(model))));
  /** Rows, and what the rollups say there are. */
  const stored = async (model: string): Promise<unknown> => {
    const [row] = await temporary.rows(
      `SELECT (SELECT count() FROM {database}.predictions WHERE model = {model:String}) AS rows,
              (SELECT sum(count) FROM {database}.prediction_minutes WHERE model = {model:String} AND kind = 'score') AS counted`,
      { model },
    );
    return row;
  };

  beforeAll(async () => {
    temporary = await temporaryIngest();
    await temporary.ingest.close();
    await temporary.reopen(stores());
  });
  afterAll(async () => {
    fault = undefined;
    await temporary.remove();
  });

  it('stores once what the engine took but did not confirm, and what it refused at first', async () => {
    let calls = 0;
    fault = async (_table, insert) => {
      calls++;
      if (calls % 2 === 1) await insert();
      if (calls < 5) throw new Error('the answer was cut');
      if (calls % 2 === 0) await insert();
    };
    await send('unconfirmed', 10);
    await temporary.ingest.flush();
    fault = undefined;
    expect(calls).toBeGreaterThan(5);
    expect(await stored('unconfirmed')).toEqual({ rows: 10, counted: 10 });
  });

  it('goes on where a crash left it, at each table of the load', async () => {
    for (const [round, table] of ['predictions', 'prediction_minutes', 'labels'].entries()) {
      const model = `cut at ${table}`;
      await send(model, 5);
      await temporary.ingest.accept('labels', 'ndjson', lines([{ prediction_id: `label${round}`, label: 1 }]));
      fault = (at, insert) => (at === table ? Promise.reject(new Error('crash')) : insert());
      await temporary.ingest.close();
      expect((await readdir(temporary.directory)).some((name) => name.endsWith('.ready'))).toBe(true);
      fault = undefined;
      await temporary.reopen(stores());
      await temporary.ingest.flush();
      expect(await stored(model)).toEqual({ rows: 5, counted: 5 });
    }
    expect(await temporary.rows(`SELECT count() AS n FROM {database}.labels`)).toEqual([{ n: 3 }]);
  });

  it('reads again what a crash left in the spool, and stores it once though both lives load it', async () => {
    const body = lines([record('twice read'), record('twice read'), { bad: 1 }]);
    await temporary.ingest.accept('predictions', 'ndjson', body);
    await temporary.ingest.acceptOtlp('traces', 'protobuf', traces('twice read', span(temporary.clock.now())));
    const copy = `${temporary.directory}-copy`;
    await cp(temporary.directory, copy, { recursive: true });
    const crashed = temporary.ingest;
    const second = await temporary.reopen({ ...stores(), directory: copy });
    expect(await second.accept('predictions', 'ndjson', body)).toMatchObject({ accepted: 2, rejected: 1 });
    await second.flush();
    await second.close();
    temporary.ingest = crashed;
    await crashed.flush();
    expect(await stored('twice read')).toEqual({ rows: 2, counted: 2 });
    const [spans] = await temporary.rows(
      `SELECT count() AS n FROM {database}.otel_traces WHERE ServiceName = 'twice read'`,
    );
    expect(spans).toEqual({ n: 1 });
  });

  it('lets go of the file of a segment that a crash left empty', async () => {
    await temporary.ingest.close();
    const name = '0000000000000001-0badcafe';
    await (await SpoolFile.create(temporary.directory, name)).close();
    await temporary.reopen(stores());
    expect((await readdir(temporary.directory)).filter((file) => file.startsWith(name))).toEqual([]);
    expect(await temporary.ingest.counters()).toMatchObject({ segments: 0, spoolBytes: 0, lagSeconds: 0 });
  });

  it('keeps every intact record of a damaged spool, and counts the damage', async () => {
    for (let n = 0; n < 5; n++) await send('damaged');
    const copy = `${temporary.directory}-damaged`;
    await cp(temporary.directory, copy, { recursive: true });
    const [name] = (await readdir(copy)).filter((file) => file.endsWith('.spool'));
    const bytes = await readFile(join(copy, name!));
    bytes[Math.floor(bytes.length / 2)]! ^= 0xff;
    await writeFile(join(copy, name!), bytes);
    const crashed = temporary.ingest;
    const second = await temporary.reopen({ ...stores(), directory: copy });
    await second.flush();
    expect((await second.counters()).mended['spool_damaged']).toBe(1);
    await second.close();
    expect(await stored('damaged')).toEqual({ rows: 4, counted: 4 });
    temporary.ingest = crashed;
    await temporary.ingest.flush();
  });

  it('pushes back while the spool is full, and takes more once the store is back', async () => {
    await temporary.ingest.close();
    await temporary.reopen(stores(), { spool_bytes: 200_000 });
    fault = () => Promise.reject(new Error('away'));
    let accepted = 0;
    const fill = async (): Promise<void> => {
      for (;;) accepted += (await send('full', 50)).accepted;
    };
    await expect(fill()).rejects.toMatchObject({ code: 'full', retryAfterSeconds: 5 });
    expect(accepted).toBeGreaterThan(500);
    fault = undefined;
    await temporary.ingest.flush();
    expect(await send('full', 50)).toMatchObject({ accepted: 50 });
    await temporary.ingest.flush();
    expect(await stored('full')).toEqual({ rows: accepted + 50, counted: accepted + 50 });
  });

  it('acks nothing that it cannot write, leaves no trace of it, and recovers by itself', async () => {
    await temporary.ingest.flush();
    const aside = `${temporary.directory}-aside`;
    await rename(temporary.directory, aside);
    const body = lines([record('no disk')]);
    await expect(temporary.ingest.accept('predictions', 'ndjson', body)).rejects.toMatchObject({
      code: 'not_durable',
      retryAfterSeconds: 5,
    });
    await rename(aside, temporary.directory);
    expect(await temporary.ingest.accept('predictions', 'ndjson', body)).toMatchObject({ accepted: 1, rejected: 0 });
    await temporary.ingest.flush();
    expect(await stored('no disk')).toEqual({ rows: 1, counted: 1 });
  });

  it('seals when the disk is back what it could not seal before', async () => {
    await send('unsealed', 3);
    const aside = `${temporary.directory}-aside`;
    await rename(temporary.directory, aside);
    const flushed = temporary.ingest.flush();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await rename(aside, temporary.directory);
    await flushed;
    expect(await stored('unsealed')).toEqual({ rows: 3, counted: 3 });
  });

  it('takes nothing more once it is closing, and says so', async () => {
    await temporary.ingest.close();
    await expect(send('closed')).rejects.toMatchObject({ code: 'unavailable' });
    await temporary.reopen(stores());
  });

  it('tells how far the store lags', async () => {
    fault = () => Promise.reject(new Error('away'));
    await send('lag');
    temporary.clock.time += 90_000;
    expect((await temporary.ingest.counters()).lagSeconds).toBe(90);
    expect((await temporary.ingest.counters()).spoolBytes).toBeGreaterThan(100);
    fault = undefined;
    await temporary.ingest.flush();
    expect(await temporary.ingest.counters()).toMatchObject({ lagSeconds: 0, spoolBytes: 0 });
  });
});

const bodyOf = (n: number): Buffer => Buffer.from(`body ${n} `.repeat(n + 1));

describe('a spool file', () => {
  const NAME = '0000000000000001-a1b2c3d4';
  /** Bytes in front of each body. */
  const HEADER = 28;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let intact: Buffer;
  const path = (): string => join(directory.path, `${NAME}.spool`);
  /** Numbers of the records that are read, each with the content it was written with. */
  const read = async (bytes: Buffer): Promise<number[]> => {
    await writeFile(path(), bytes);
    const { records } = await readSpoolFile(path(), NAME);
    return records.map(({ receivedAt, body }) => {
      expect(bodyOf(receivedAt).equals(body)).toBe(true);
      return receivedAt;
    });
  };

  beforeAll(async () => {
    directory = await temporaryDirectory();
    const file = await SpoolFile.create(directory.path, NAME);
    for (let n = 0; n < 20; n += 2)
      await file.append([n, n + 1].map((at) => ({ door: 'labels/json', receivedAt: at, body: bodyOf(at) })));
    await file.close();
    intact = await readFile(path());
    expect(file.bytes).toBe(intact.length);
  });
  afterAll(() => directory.remove());

  it('gives back what was appended', async () => {
    expect(await read(intact)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    const { records, damages } = await readSpoolFile(path(), NAME);
    expect(records[7]).toMatchObject({ door: 'labels/json' });
    expect(damages).toEqual([]);
  });

  it('loses one record at most to a flipped byte, wherever it is', async () => {
    for (let offset = 0; offset < intact.length; offset += 3) {
      const bytes = Buffer.from(intact);
      bytes[offset]! ^= 1 << (offset % 8);
      expect((await read(bytes)).length, `byte ${offset}`).toBe(19);
    }
  });

  it('keeps what lies before a cut, and what lies behind a hole', async () => {
    const ends: number[] = [];
    for (let n = 0; n < 20; n++) ends.push((ends.at(-1) ?? 0) + HEADER + bodyOf(n).length);
    expect(ends.at(-1)).toBe(intact.length);
    for (let length = 0; length < intact.length; length++) {
      const whole = ends.filter((end) => end <= length).length;
      expect((await read(intact.subarray(0, length))).length, `the first ${length} bytes`).toBe(whole);
    }
    const hole = Buffer.from(intact);
    hole.fill(0, 0, 100);
    expect((await read(hole)).at(-1)).toBe(19);
    await writeFile(path(), hole);
    expect((await readSpoolFile(path(), NAME)).damages[0]).toMatchObject({ at: 0 });
    expect(await read(Buffer.alloc(0))).toEqual([]);
    expect(await read(Buffer.alloc(1000))).toEqual([]);
  });

  it('takes no record that a body pretends to hold', async () => {
    await rm(path());
    const other = await mkdir(join(directory.path, 'other'), { recursive: true });
    expect(other).toBeDefined();
    const inner = await SpoolFile.create(join(directory.path, 'other'), '0000000000000001-00000000');
    await inner.append([{ door: 'labels/json', receivedAt: 666, body: Buffer.from('forged') }]);
    await inner.close();
    const forged = await readFile(join(directory.path, 'other', '0000000000000001-00000000.spool'));
    const file = await SpoolFile.create(directory.path, NAME);
    await file.append([{ door: 'labels/json', receivedAt: 1, body: forged }]);
    await file.close();
    const bytes = await readFile(path());
    bytes[5]! ^= 1;
    expect(await read(bytes)).toEqual([]);
  });
});
