import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultConfig } from '../../../daemon/config/config.ts';
import { openModelSettings, type ModelSettingsBook } from '../../../daemon/models/model-settings.ts';
import { openReferences, rowsOf, type References, type TakenReference } from '../../../daemon/models/references.ts';
import { searchShift } from '../../../daemon/models/shift-search.ts';
import { openUploads, type Uploads } from '../../../daemon/models/uploads.ts';
import type { ColumnChoice } from '../../../daemon/models/upload-columns.ts';
import { openFindings } from '../../../daemon/store/findings.ts';
import { readHistograms } from '../../../daemon/store/histograms.ts';
import type { UploadFormat } from '../../../daemon/store/uploaded-file.ts';
import { openExpectations } from '../../../daemon/watch/expectations.ts';
import { recompute } from '../../../daemon/watch/judge.ts';
import type { ModelRecord } from '../../../detectors/terms.ts';
import { lines, temporaryIngest, type TemporaryIngest } from '../../support/temporary-ingest.ts';
import { openTestWatch } from '../../support/open-watch.ts';

const HOUR = 3_600_000;
const ROWS = 400;
const TIMED: ColumnChoice = { tags: ['region'], ignore: ['n'] };

interface Row {
  readonly n: number;
  readonly timestamp: string;
  readonly version: string;
  readonly score: number;
  readonly label: number | null;
  readonly amount: number | null;
  readonly age: number;
  readonly mcc: string;
  readonly new: boolean;
  readonly region: string;
}

describe('an uploaded reference', () => {
  let temporary: TemporaryIngest;
  let book: ModelSettingsBook;
  let references: References;
  let uploads: Uploads;
  let rows: Row[];
  let start: number;

  const open = async () => {
    const { store, directory } = temporary.opened;
    const config = defaultConfig();
    book = await openModelSettings(config.models, store.documents<ModelRecord>('models'));
    references = openReferences(store.watcher, book, store.documents<TakenReference>('references'));
    uploads = await openUploads({
      engine: store.bulk,
      embedded: store.embedded,
      book,
      references,
      folder: join(directory, 'uploads'),
      limits: { max_bytes: 200_000, max_rows: 2000 },
      clock: temporary.clock,
    });
  };
  const take = (model: string, format: UploadFormat, body: string | Buffer, columns: ColumnChoice = {}) =>
    uploads.take(model, { format, body: Readable.from([Buffer.from(body)]), columns });
  const histogramsOf = async (model: string) => {
    const reference = (await references.of(model, temporary.clock.now()))!;
    const from = rowsOf(temporary.opened.store.watcher, model, reference);
    return { window: reference.window, rows: await readHistograms(from.engine, from.model, reference.window) };
  };
  const expectationOf = (model: string) =>
    openExpectations({
      engine: temporary.opened.store.watcher,
      settingsOf: book.of,
      references,
    }).of(model, temporary.clock.now());

  beforeAll(async () => {
    temporary = await temporaryIngest({}, { sliceTags: () => ['region', 'amount>=100'] });
    await open();
    for (const model of ['pinned', 'parquet', 'csv', 'ndjson', 'untimed'])
      await book.change(model, { slices: ['region', 'amount>=100'], window: '1h', label_maturity: '1d' });
    start = temporary.clock.now() - 12 * HOUR;
    rows = Array.from({ length: ROWS }, (_, n) => rowAt(n, start));
  });
  afterAll(async () => {
    await temporary.remove();
  });

  it('is the same from Parquet, CSV and NDJSON as from the same rows taken at the door and pinned', async () => {
    await temporary.ingest.accept('predictions', 'ndjson', lines(rows.map(asPrediction)));
    await temporary.ingest.accept(
      'labels',
      'ndjson',
      lines(
        rows
          .filter(({ label }) => label !== null)
          .map(({ n, label, timestamp }) => ({ prediction_id: `p${n}`, label, timestamp })),
      ),
    );
    await temporary.ingest.flush();
    await references.pin('pinned', { version: null, window: { from: start, to: start + 4 * HOUR } }, start);
    const pinned = await histogramsOf('pinned');
    expect(pinned.rows.length).toBeGreaterThan(20);
    const files = { ndjson: asNdjson(rows), csv: asCsv(rows), parquet: await asParquet(temporary, rows) };
    for (const format of ['ndjson', 'csv', 'parquet'] as const) {
      const taken = await take(
        format,
        format,
        files[format],
        format === 'csv' ? { ...TIMED, categories: ['mcc'] } : TIMED,
      );
      expect(taken.upload).toMatchObject({
        format,
        rows: ROWS,
        labelled: rows.filter((row) => row.label !== null).length,
      });
      expect({ format, ...(await histogramsOf(format)) }).toEqual({ format, ...pinned });
    }
    // So are the labels, slice by slice.
    const later = temporary.clock.now();
    temporary.clock.time = later + 30 * 24 * HOUR;
    const outcomesOf = async (model: string) =>
      (await (await expectationOf(model))?.readAccuracy(temporary.clock.now()))?.outcomes;
    const known = await outcomesOf('pinned');
    expect(known?.length).toBeGreaterThan(3);
    for (const format of ['ndjson', 'csv', 'parquet']) expect(await outcomesOf(format)).toEqual(known);
    temporary.clock.time = later;
    expect(await readdir(join(temporary.opened.directory, 'uploads'))).toEqual([]);
  });

  it('takes the maps of a snapshot as they are, and rows without a time', async () => {
    const maps = rows.map(({ amount, mcc, region, score }) => ({
      numbers: amount === null ? {} : { amount },
      categories: { mcc },
      tags: { region },
      score,
    }));
    const path = join(temporary.opened.directory, 'maps.parquet');
    await writeParquet(
      temporary,
      path,
      maps.map((row) => JSON.stringify(row)).join('\n'),
      'numbers Map(String, Float64), categories Map(String, String), tags Map(String, String), score Float64',
    );
    const taken = await take('untimed', 'parquet', await readFile(path));
    expect(taken.upload).toMatchObject({ timed: false, rows: ROWS });
    const found = await histogramsOf('untimed');
    const amounts = (version: string, of: Awaited<ReturnType<typeof histogramsOf>>) =>
      of.rows
        .filter(({ kind, name }) => kind === 'feature' && name === 'amount')
        .map(({ histogram }) => [version, histogram]);
    expect(amounts('', found)).toEqual(amounts('', await histogramsOf('pinned')));
    expect(found.window.to - found.window.from).toBe(60_000);
  });

  it('finds the drift of traffic from it, names it, and the finding can be recomputed', async () => {
    const { store } = temporary.opened;
    const now = temporary.clock.now();
    const live = rows.map((row, n) => ({
      ...asPrediction({ ...row, amount: row.amount === null ? null : row.amount * 5 }),
      prediction_id: `live${n}`,
      model: 'untimed',
      version: 'v9',
      timestamp: now - HOUR / 2 + n * 100,
    }));
    await temporary.ingest.accept('predictions', 'ndjson', lines(live));
    await temporary.ingest.flush();
    const findings = openFindings(store.writer, store.reader);
    const watch = await openTestWatch({ store, book, findings, references, clock: { now: () => now + HOUR } });
    await watch.tick();
    const { id, window } = (await references.of('untimed', now))!;
    const stored = await findings.list({ model: 'untimed', slice: 'all', limit: 1000 });
    const drift = stored.filter(({ final }) => final);
    const stateOf = (detector: string, subject: string) =>
      drift.find((finding) => finding.detector === detector && finding.subject === subject)?.state;
    expect(stateOf('psi', 'amount')).toBe('fail');
    expect(stateOf('psi', 'mcc')).toBe('pass');
    // The file says nothing of versions: its score stands for that of any.
    expect(stateOf('score_drift', '')).toBe('pass');
    const psi = drift.find(({ detector, subject }) => detector === 'psi' && subject === 'amount')!;
    expect(psi.reference).toEqual({ ...window, id, uploaded: true });
    expect(recompute((await findings.inputs(psi.id))!)).toEqual(psi);
    const { reader } = store;
    const searched = { feature: 'amount', window: { from: now - HOUR, to: now + HOUR } };
    const shift = await searchShift({ reader, references, clock: temporary.clock }, 'untimed', searched);
    expect(shift.rows).toEqual({ window: ROWS, reference: ROWS });
  });

  it('is frozen: the same file is the same reference, and earlier ones stay and can be used again', async () => {
    const first = (await references.of('csv', 0))!;
    const again = await take('csv', 'csv', asCsv(rows), { ...TIMED, categories: ['mcc'] });
    expect(again.id).toBe(first.id);
    const other = await take('csv', 'csv', asCsv(rows.slice(0, 100)), { ...TIMED, categories: ['mcc'] });
    expect(other.id).not.toBe(first.id);
    await open();
    expect((await references.of('csv', 0))?.id).toBe(other.id);
    expect((await histogramsOf('csv')).rows[0]?.histogram.count).toBe(100);
    expect((await references.list('csv')).map(({ id }) => id)).toEqual([other.id, first.id]);
    await references.use(await references.get('csv', first.id));
    expect(await histogramsOf('csv')).toEqual(await histogramsOf('pinned'));
    await expect(references.get('ndjson', first.id)).rejects.toThrow('has no reference');
  });

  describe('is refused, with the column, the value and what to do', () => {
    const csv = (text: string, choice: ColumnChoice = {}) => take('csv', 'csv', text, choice);
    const ndjson = (...records: unknown[]) => take('ndjson', 'ndjson', lines(records));
    it.each<[string, () => Promise<unknown>, RegExp]>([
      ['an empty file', () => csv(''), /the file is empty/],
      ['names and no rows', () => csv('amount,score\n'), /has no rows/],
      ['what is no Parquet', () => take('parquet', 'parquet', 'PAR1 nothing PAR1'), /cannot be read as parquet/],
      [
        'the first half of a Parquet file',
        async () => take('parquet', 'parquet', (await asParquet(temporary, rows)).subarray(0, 2000)),
        /cannot be read as parquet/,
      ],
      [
        'text in numbers',
        () => csv('amount\n1\n2\nabc\n4\n'),
        /"amount" holds "abc" in the midst of numbers.*categories/,
      ],
      ['NaN', () => csv('amount\n1\nnan\n3\n'), /"amount" holds NaN or an infinite number in 1 rows; leave it empty/],
      ['an infinite score', () => csv('a,score\n1,inf\n2,0.5\n'), /"score" holds NaN or an infinite/],
      ['a score that is text', () => csv('a,score\n1,high\n'), /"score" holds "high"; score is a number/],
      ['a propensity of 2', () => csv('a,propensity\n1,2\n'), /from 2 to 2; a propensity is above 0/],
      [
        'a time that is none',
        () => csv('a,timestamp\n1,yesterday\n'),
        /"timestamp" holds "yesterday", which is no time/,
      ],
      ['a row without its time', () => csv('a,timestamp\n1,2026-01-01T00:00:00Z\n2,\n'), /is empty in 1 rows/],
      ['a time before 1970', () => csv('a,timestamp\n1,1931-01-01T00:00:00Z\n'), /reaches from 1931/],
      ['a name that cannot be bound', () => csv('a\\b\n1\n'), /has a backslash or a control character in its name/],
      ['columns without names', () => csv('1.5,2\n3,4\n'), /names of the columns are numbers/],
      [
        'a name that is not there',
        () => csv('amount\n1\n', { ignore: ['amuont'] }),
        /ignore names the column "amuont".*mean "amount"/,
      ],
      ['nothing to compare with', () => csv('timestamp,label\n2026-01-01T00:00:00Z,1\n'), /nothing to compare with/],
      ['lines of different lengths', () => csv('a,b\n1,2\n3\n'), /cannot be read as csv: Rows have different amount/],
      [
        'an id',
        () => csv(`id\n${Array.from({ length: 1200 }, (_, n) => `customer ${n}`).join('\n')}\n`),
        /"id" holds about \d+ different texts, 1000 are the most of a category; name it in ignore/,
      ],
      ['too many rows', () => csv(`a\n${'1\n'.repeat(2001)}`), /2001 rows, 2000 are the most/],
      ['too many bytes', () => csv(`a\n${'1\n'.repeat(100_001)}`), /larger than 200000 bytes/],
      ['mixed types', () => ndjson({ amount: 1 }, { amount: 'x' }), /cannot be read as ndjson.*'amount'/],
      ['an object', () => ndjson({ features: { amount: 1 } }), /"features" holds Tuple.*give each part a column/s],
      ['no JSON', () => take('ndjson', 'ndjson', 'amount=1\n'), /cannot be read as ndjson/],
    ])('%s', async (_what, send, message) => {
      const error = await send().then(
        () => undefined,
        (thrown: unknown) => thrown as Error,
      );
      expect(error?.message).toMatch(message);
      expect(error?.message).not.toContain(temporary.opened.directory);
      expect(error).toHaveProperty('code');
    });

    it('and leaves nothing behind: no file, no rows, no reference', async () => {
      expect(await readdir(join(temporary.opened.directory, 'uploads'))).toEqual([]);
      const ids = (await references.list('')).map(({ id }) => id);
      const standing = await temporary.rows<{ id: string }>(
        'SELECT DISTINCT model AS id FROM {database}.reference_predictions UNION DISTINCT SELECT DISTINCT model FROM {database}.reference_prediction_minutes',
      );
      expect(standing.filter(({ id }) => !ids.includes(id))).toEqual([]);
    });

    it('and a name is only ever a name', async () => {
      const evil = "`x'||file('/etc/passwd')||`";
      const { upload } = await take('csv', 'csv', `"${evil}",b.c,__proto__\n1,2,3\n`);
      expect(upload?.columns.map(({ name }) => name)).toEqual([evil, 'b.c', '__proto__']);
      expect((await histogramsOf('csv')).rows.map(({ name }) => name)).toContain(evil);
    });
  });
});

function rowAt(n: number, start: number): Row {
  return {
    n,
    timestamp: new Date(start + n * 30_000).toISOString(),
    version: n % 4 === 0 ? 'v2' : 'v1',
    score: (n % 100) / 100,
    label: n % 5 === 0 ? null : Number(n % 100 > 80),
    amount: n % 10 === 9 ? null : Math.round(1000 * 1.01 ** n) / 100,
    age: 18 + (n % 60),
    mcc: n % 3 === 0 ? '0054' : '5411',
    new: n % 2 === 0,
    region: n % 3 === 1 ? 'EU' : 'US',
  };
}

function asPrediction({ n, timestamp, version, score, amount, age, mcc, new: isNew, region }: Row) {
  const features = { amount, age, mcc, new: isNew };
  return { prediction_id: `p${n}`, model: 'pinned', version, timestamp, score, features, tags: { region } };
}

function asNdjson(rows: readonly Row[]): Buffer {
  return lines(rows);
}

function asCsv(rows: readonly Row[]): string {
  const names = Object.keys(rows[0]!) as (keyof Row)[];
  return [names.join(','), ...rows.map((row) => names.map((name) => row[name] ?? '').join(','))].join('\r\n');
}

async function asParquet(temporary: TemporaryIngest, rows: readonly Row[]): Promise<Buffer> {
  const path = join(temporary.opened.directory, 'rows.parquet');
  const structure =
    "n Int64, timestamp DateTime64(3, 'UTC'), version String, score Float64, label Nullable(Int64), amount Nullable(Float64), age Int64, mcc LowCardinality(String), new Bool, region String";
  await writeParquet(temporary, path, rows.map((row) => JSON.stringify(row)).join('\n'), structure);
  return readFile(path);
}

async function writeParquet(
  temporary: TemporaryIngest,
  path: string,
  ndjson: string,
  structure: string,
): Promise<void> {
  const source = `${path}.ndjson`;
  await writeFile(source, ndjson);
  await rm(path, { force: true });
  await temporary.opened.store.bulk.run(
    `INSERT INTO FUNCTION file('${path}', 'Parquet') SELECT * FROM file({source:String}, 'JSONEachRow', {structure:String}) SETTINGS date_time_input_format = 'best_effort'`,
    { source, structure },
  );
}
