import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultConfig } from '../../../daemon/config/config.ts';
import { exportHistograms } from '../../../daemon/models/export-reference.ts';
import { freezeReferences } from '../../../daemon/models/freeze-references.ts';
import { openModelSettings, type ModelSettingsBook } from '../../../daemon/models/model-settings.ts';
import {
  judgedAgainst,
  openReferences,
  rowsOf,
  type References,
  type TakenReference,
} from '../../../daemon/models/references.ts';
import { searchShift } from '../../../daemon/models/shift-search.ts';
import { readHistograms } from '../../../daemon/store/histograms.ts';
import { evaluate } from '../../../daemon/watch/evaluate.ts';
import { openExpectations } from '../../../daemon/watch/expectations.ts';
import type { ModelRecord } from '../../../detectors/terms.ts';
import { lines, temporaryIngest, type TemporaryIngest } from '../../support/temporary-ingest.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const ROWS = 1000;

describe('a stretch of predictions that is a reference', () => {
  let temporary: TemporaryIngest;
  let book: ModelSettingsBook;
  let references: References;
  let from: number;
  let now: number;

  const log = pino({ level: 'silent' });
  const clock = { now: () => now };
  const open = async (): Promise<void> => {
    const { store } = temporary.opened;
    const config = defaultConfig();
    const models = { ...config.models, defaults: { ...config.models.defaults, label_maturity: HOUR } };
    book = await openModelSettings(models, store.documents<ModelRecord>('models'));
    references = openReferences(store.watcher, book, store.documents<TakenReference>('references'));
  };
  const freeze = (maxRows = 1_000_000): Promise<void> =>
    freezeReferences({ engine: temporary.opened.store.bulk, book, references, maxRows, clock, log });
  const send = async (model: string, name: string, count: number, version = 'v1', factor = 1): Promise<void> => {
    const rows = Array.from({ length: count }, (_, n) => ({
      prediction_id: `${model}-${name}${n}`,
      model,
      version,
      timestamp: from + Math.floor((n * 2 * HOUR) / count),
      features: { amount: factor * (n % 100), country: n % 3 === 0 ? 'DE' : 'FR' },
      score: (n % 10) / 10,
    }));
    await temporary.ingest.accept('predictions', 'ndjson', lines(rows));
    await temporary.ingest.flush();
  };
  const label = async (model: string): Promise<void> => {
    const labels = Array.from({ length: ROWS }, (_, n) => ({
      prediction_id: `${model}-a${n}`,
      label: n % 10 > 6 ? 1 : 0,
      timestamp: from + 2 * HOUR,
    }));
    await temporary.ingest.accept('labels', 'ndjson', lines(labels));
    await temporary.ingest.flush();
  };
  const countOf = async (model: string, window: { from: number; to: number }): Promise<number> => {
    const reference = (await references.of(model, now))!;
    const rows = rowsOf(temporary.opened.store.watcher, model, reference);
    const read = await readHistograms(rows.engine, rows.model, window, {
      slice: 'all',
      kind: 'feature',
      name: 'amount',
    });
    return read[0]?.histogram.count ?? 0;
  };

  beforeAll(async () => {
    temporary = await temporaryIngest();
    from = Math.floor(temporary.clock.now() / HOUR) * HOUR - 4 * HOUR;
    await open();
  });
  afterAll(async () => {
    await temporary.remove();
  });

  it('is copied once it is over and quiet; late rows and lost rows change nothing, labels still count', async () => {
    const window = { from, to: from + 2 * HOUR };
    const { store } = temporary.opened;
    await send('m', 'a', ROWS);
    await references.pin('m', { version: null, window }, temporary.clock.now());
    const { id } = (await references.of('m', 0))!;
    now = temporary.clock.now() + MINUTE;
    await freeze();
    expect(await references.get('m', id)).toMatchObject({ frozenAt: null });
    await send('m', 'b', 100);
    expect(await countOf('m', window)).toBe(ROWS + 100);
    now = temporary.clock.now() + 11 * MINUTE;
    await freeze();
    expect(await references.get('m', id)).toMatchObject({ frozenAt: now, kind: 'pinned' });
    const before = await exportHistograms(
      { reader: store.reader, bulk: store.bulk, folder: '', maxRows: 1, clock },
      await references.get('m', id),
    );
    expect(before.length).toBeGreaterThan(2);

    await send('m', 'late', 300, 'v1', 50);
    await label('m');
    await store.writer.run(`ALTER TABLE {database}.predictions DELETE WHERE model = 'm' SETTINGS mutations_sync = 1`);
    await store.writer.run(
      `ALTER TABLE {database}.prediction_minutes DELETE WHERE model = 'm' SETTINGS mutations_sync = 1`,
    );
    await open();
    expect(await countOf('m', window)).toBe(ROWS + 100);
    expect(
      await exportHistograms(
        { reader: store.reader, bulk: store.bulk, folder: '', maxRows: 1, clock },
        await references.get('m', id),
      ),
    ).toEqual(before);
    const expectation = await openExpectations({ engine: store.watcher, settingsOf: book.of, references }).of('m', now);
    expect(expectation?.reference).toEqual({ ...window, id, frozen: true });
    const accuracy = await expectation?.readAccuracy(now + HOUR);
    expect(accuracy?.outcomes.find(({ slice }) => slice === 'all')?.summary).toMatchObject({ labelled: ROWS });
    // Pinned again it is what it was; nothing is copied anew.
    await references.pin('m', { version: null, window }, now);
    await freeze();
    expect(await countOf('m', window)).toBe(ROWS + 100);
  });

  it('is what an evaluation that names it, and the search for a shift, are held against', async () => {
    const { store } = temporary.opened;
    const [taken] = await references.list('m');
    await send('m', 'now', ROWS, 'v1', 50);
    const windows = await evaluate(
      { engine: store.watcher, settingsOf: book.of, clock, allowedPages: () => 0.1 },
      {
        model: 'm',
        reference: judgedAgainst(taken!),
        window: { from, to: from + 2 * HOUR },
        step: '1h',
        detectors: ['psi'],
      },
    );
    const found = windows[0]?.findings.find(({ subject }) => subject === 'amount');
    expect(found).toMatchObject({ state: 'fail', reference: { id: taken!.id, frozen: true } });
    const window = { from, to: from + 2 * HOUR };
    const shift = await searchShift({ reader: store.reader, references, clock }, 'm', { feature: 'amount', window });
    expect(shift.rows).toEqual({ window: ROWS, reference: ROWS + 100 });
  });

  it('keeps what the pinned version answered, and of many rows an even sample', async () => {
    const window = { from, to: from + 2 * HOUR };
    const { store } = temporary.opened;
    await send('two', 'a', ROWS, 'v1');
    await send('two', 'b', ROWS, 'v2', 3);
    await references.pin('two', { version: 'v2', window }, now);
    now = temporary.clock.now() + 11 * MINUTE;
    await freeze(400);
    expect(await countOf('two', window)).toBe(ROWS);
    const { engine, model } = rowsOf(store.reader, 'two', (await references.of('two', now))!);
    const [rows] = await engine.rows<{ rows: number; versions: string[] }>(
      'SELECT count() AS rows, groupUniqArray(version) AS versions FROM {database}.predictions WHERE model = {model:String}',
      { model },
    );
    expect(rows?.versions).toEqual(['v2']);
    expect(rows?.rows).toBeGreaterThan(320);
    expect(rows?.rows).toBeLessThan(480);
  });
});
