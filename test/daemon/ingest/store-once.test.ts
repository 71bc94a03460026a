import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Loaded } from '../../../daemon/ingest/ingest.ts';
import { RememberedIds, fingerprinter } from '../../../daemon/ingest/spool/remembered-ids.ts';
import { lines, temporaryIngest, type TemporaryIngest } from '../../support/temporary-ingest.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

describe('what was acked is stored once', () => {
  let temporary: TemporaryIngest;
  const loads: Loaded[] = [];
  const record = (id: string, changes: object = {}): object => ({
    prediction_id: id,
    model: 'fraud',
    version: 'v1',
    timestamp: temporary.clock.now(),
    score: 0.5,
    ...changes,
  });
  const send = (...records: unknown[]) => temporary.ingest.accept('predictions', 'ndjson', lines(records));
  const stored = async (id: string): Promise<number> => {
    await temporary.ingest.flush();
    const [row] = await temporary.rows<{ n: number }>(
      'SELECT count() AS n FROM {database}.predictions WHERE prediction_id = {id:String}',
      { id },
    );
    return row!.n;
  };

  beforeAll(async () => {
    temporary = await temporaryIngest({}, { onLoaded: (loaded) => loads.push(loaded) });
  });
  afterAll(async () => {
    await temporary.remove();
  });

  it('acks the same body again with the same counts and stores it once, before and after a load and a restart', async () => {
    const body = lines([record('same1'), record('same2'), { nonsense: 1 }]);
    const first = await temporary.ingest.accept('predictions', 'ndjson', body);
    expect(first).toMatchObject({ accepted: 2, rejected: 1 });
    expect(await temporary.ingest.accept('predictions', 'ndjson', body)).toEqual(first);
    await temporary.ingest.flush();
    expect(await temporary.ingest.accept('predictions', 'ndjson', body)).toEqual(first);
    await temporary.ingest.close();
    await temporary.reopen();
    temporary.clock.time += 9 * MINUTE;
    expect(await temporary.ingest.accept('predictions', 'ndjson', body)).toEqual(first);
    expect(await stored('same1')).toBe(1);
  });

  it('acks two bodies alike that are underway at once, and stores one', async () => {
    const body = lines([record('twin')]);
    const answers = await Promise.all([1, 2, 3].map(() => temporary.ingest.accept('predictions', 'ndjson', body)));
    expect(answers.map(({ accepted }) => accepted)).toEqual([1, 1, 1]);
    expect(await stored('twin')).toBe(1);
  });

  it('counts a repeated prediction as accepted and stores it once, also after a restart', async () => {
    const before = (await temporary.ingest.counters()).duplicates;
    expect(await send(record('again'), record('again', { score: 0.7 }))).toMatchObject({ accepted: 2, rejected: 0 });
    expect(await send(record('again'), record('fresh'))).toMatchObject({ accepted: 2 });
    expect((await temporary.ingest.counters()).duplicates - before).toBe(2);
    await temporary.ingest.close();
    await temporary.reopen();
    expect(await send(record('again'), record('fresh2'))).toMatchObject({ accepted: 2 });
    expect((await temporary.ingest.counters()).duplicates).toBe(1);
    expect(await stored('again')).toBe(1);
    expect(await stored('fresh2')).toBe(1);
  });

  it('keeps what a candidate says of the same prediction', async () => {
    await send(
      record('both'),
      record('both', { version: 'v2', role: 'candidate' }),
      record('both', { model: 'other' }),
    );
    expect(await stored('both')).toBe(3);
  });

  it('forgets after its time', async () => {
    const ids = new RememberedIds(10 * MINUTE);
    const print = fingerprinter(new Uint8Array(16).fill(7));
    expect(ids.add(print('a'), 0)).toBe(true);
    for (const at of [MINUTE, 6 * MINUTE, 10 * MINUTE]) {
      expect(ids.add(print('a'), at)).toBe(false);
      ids.add(print(`other${at}`), at);
    }
    for (let at = 11; at < 40; at++) ids.add(print(`more${at}`), at * MINUTE);
    expect(ids.add(print('a'), 40 * MINUTE)).toBe(true);
    expect(ids.size).toBeLessThan(25);
  });

  it('holds no more identities than allowed', () => {
    const ids = new RememberedIds(10 * MINUTE, 1000);
    const print = fingerprinter(new Uint8Array(16));
    for (let n = 0; n < 10_000; n++) expect(ids.add(print(`id${n}`), n)).toBe(true);
    expect(ids.size).toBeLessThanOrEqual(1000);
    expect(ids.add(print('id9999'), 10_000)).toBe(false);
  });

  it('tells two hundred thousand identities apart', () => {
    const ids = new RememberedIds(10 * MINUTE);
    const print = fingerprinter(new Uint8Array(16));
    for (let n = 0; n < 200_000; n++)
      if (!ids.add(print(`1:2:m${n % 7}v${n}`), 0)) throw new Error(`taken for another: ${n}`);
    expect(ids.size).toBe(200_000);
  });

  it('stores a batch that spans many months once, and tells what it touched', async () => {
    const at = temporary.clock.now();
    const records = Array.from({ length: 390 }, (_, n) =>
      record(`months${n}`, { model: 'slow', timestamp: at - n * DAY }),
    );
    expect(await send(...records)).toMatchObject({ accepted: 390 });
    await temporary.ingest.accept('labels', 'ndjson', lines([{ prediction_id: 'months1', label: 1 }]));
    await temporary.ingest.flush();
    const [row] = await temporary.rows(
      `SELECT count() AS n, uniqExact(toYYYYMM(timestamp)) AS months FROM {database}.predictions WHERE model = 'slow'`,
    );
    const months = new Set(records.map((_, n) => new Date(at - n * DAY).toISOString().slice(0, 7)));
    expect(row).toEqual({ n: 390, months: months.size });
    expect(loads.at(-1)).toEqual({
      models: new Map([['slow', { from: at - 389 * DAY, to: at + 1 }]]),
      labels: 1,
      spans: 0,
    });
  });

  it('leaves nothing in the spool but its memory, and forgets that in time', async () => {
    await temporary.ingest.flush();
    const left = async (): Promise<string[]> => (await readdir(temporary.directory)).filter((name) => /^\d/.test(name));
    expect((await left()).every((name) => name.endsWith('.remembered'))).toBe(true);
    expect(await temporary.ingest.counters()).toMatchObject({ spoolBytes: 0, lagSeconds: 0 });
    temporary.clock.time += 20 * MINUTE;
    await send(record('late'));
    temporary.clock.time += 20 * MINUTE;
    await send(record('later'));
    await temporary.ingest.flush();
    expect((await left()).length).toBe(1);
  });
});
