import * as fc from 'fast-check';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendLabel, labelColumns } from '../../../../daemon/ingest/records/labels.ts';
import { encodeBlock, rowsOf, truncateColumns, type Columns } from '../../../../daemon/ingest/native/block.ts';
import {
  Float64Column,
  Integer64Column,
  LowCardinalityColumn,
  StringColumn,
} from '../../../../daemon/ingest/native/columns.ts';
import { predictionMinuteColumns } from '../../../../daemon/ingest/rollups/prediction-rollup.ts';
import { predictionColumns } from '../../../../daemon/ingest/records/predictions.ts';
import { spanMinuteColumns } from '../../../../daemon/ingest/rollups/span-rollup.ts';
import { spanColumns } from '../../../../daemon/ingest/records/spans.ts';
import { asRead, asWritten, everyColumn, pushRow, rowArbitrary } from '../../../support/native-rows.ts';
import { temporaryStore } from '../../../support/temporary.ts';

describe('a Native block', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(async () => {
    await opened.remove();
  });

  async function readBack(columns: Columns): Promise<Record<string, unknown>[]> {
    const file = join(opened.directory, 'block.native');
    await writeFile(file, encodeBlock(columns));
    return opened.store.watcher.rows(`SELECT * FROM file({file:String}, 'Native')`, { file });
  }

  it('is read by the engine as the same rows, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rowArbitrary, { minLength: 1, maxLength: 20 }), async (rows) => {
        const columns = everyColumn();
        for (const row of rows) pushRow(columns, row);
        const read = await readBack(columns);
        expect(read).toEqual(rows.map(asRead));
      }),
      { numRuns: 60 },
    );
  });

  it('is byte for byte what the engine writes of the same rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rowArbitrary, { minLength: 1, maxLength: 20 }), async (rows) => {
        const columns = everyColumn();
        for (const row of rows) pushRow(columns, row);
        const ours = encodeBlock(columns);
        const file = join(opened.directory, 'ours.native');
        await writeFile(file, ours);
        const theirs = await opened.store.watcher.bytes(`SELECT * FROM file({file:String}, 'Native') FORMAT Native`, {
          file,
        });
        expect(Buffer.from(theirs).toString('latin1')).toBe(asWritten(ours));
      }),
      { numRuns: 60 },
    );
  });

  it('holds indexes of one, two and four bytes into its dictionaries', async () => {
    for (const words of [255, 256, 65_535, 65_536, 70_000]) {
      const columns = { word: new LowCardinalityColumn(), n: new Integer64Column('UInt64') };
      for (let n = 0; n < words; n++) {
        columns.word.push(`w${n}`);
        columns.n.push(n);
      }
      const file = join(opened.directory, 'words.native');
      await writeFile(file, encodeBlock(columns));
      const [read] = await opened.store.watcher.rows<{ same: number; rows: number }>(
        `SELECT countIf(word = concat('w', toString(n))) AS same, count() AS rows FROM file({file:String}, 'Native')`,
        { file },
      );
      expect(read).toEqual({ same: words, rows: words });
    }
  });

  it('keeps long texts, every bit of 64 bits, and dates to the nanosecond', async () => {
    const columns = {
      long: new StringColumn(),
      bits: new Integer64Column('UInt64'),
      at: new Integer64Column("DateTime64(9, 'UTC')"),
    };
    const long = 'ä'.repeat(100_000);
    columns.long.push(long);
    columns.bits.pushHalves(0xffffffff, 0xffffffff);
    const nanoseconds = 1_795_521_600_123_456_789n;
    columns.at.pushHalves(Number(nanoseconds & 0xffffffffn), Number(nanoseconds >> 32n));
    const file = join(opened.directory, 'long.native');
    await writeFile(file, encodeBlock(columns));
    const [read] = await opened.store.watcher.rows<{ long: string }>(
      `SELECT long, toString(bits) AS bits, at FROM file({file:String}, 'Native')`,
      { file },
    );
    expect(read).toEqual({ long, bits: '18446744073709551615', at: '2026-11-24 12:00:00.123456789' });
  });

  it('turns what is not UTF-8 into the replacement character', async () => {
    const columns = { text: new StringColumn() };
    columns.text.pushBytes(Buffer.from([0x61, 0xff, 0x62]), 0, 3);
    columns.text.push('lone \ud800 surrogate');
    columns.text.pushBytes(Buffer.from('ünï'), 0, 5);
    expect((await readBack(columns)).map((row) => row['text'])).toEqual(['a\ufffdb', 'lone \ufffd surrogate', 'ünï']);
  });

  it('shows no trace of rows taken back, not even in its dictionaries', () => {
    fc.assert(
      fc.property(fc.array(rowArbitrary, { maxLength: 8 }), fc.array(rowArbitrary, { maxLength: 8 }), (kept, gone) => {
        const [plain, marked] = [everyColumn(), everyColumn()];
        for (const row of kept) pushRow(plain, row);
        for (const row of [...kept, ...gone]) pushRow(marked, row);
        // An unfinished row, too.
        marked.tags.keys.push('half');
        marked.words.items.push('half');
        truncateColumns(marked, kept.length);
        expect(rowsOf(marked)).toBe(kept.length);
        expect(Buffer.compare(encodeBlock(marked), encodeBlock(plain))).toBe(0);
      }),
    );
  });

  it('is stored once under one token, in every partition, also after a try that reached only some', async () => {
    const { loader } = opened.store;
    const count = async (): Promise<number> =>
      (await loader.rows<{ n: number }>('SELECT count() AS n FROM {database}.labels'))[0]?.n ?? 0;
    const load = async (months: readonly number[], token: string): Promise<void> => {
      const columns = labelColumns();
      for (const [place, month] of months.entries())
        appendLabel(
          columns,
          { predictionId: `p${place}`, label: '1', timestamp: Date.UTC(2026, month), source: '' },
          0,
          1,
        );
      const file = join(opened.directory, 'labels.native');
      await writeFile(file, encodeBlock(columns));
      await loader.insertBlocks('labels', Object.keys(columns), file, token);
    };
    await load([0], 'one');
    expect(await count()).toBe(1);
    await load([0, 1, 2, 2], 'one');
    expect(await count()).toBe(4);
    await load([0, 1, 2, 2], 'one');
    expect(await count()).toBe(4);
    await load([3, 4, 5, 5], 'other');
    expect(await count()).toBe(8);
    const manyYears = Array.from({ length: 150 }, (_, month) => month - 150);
    await load(manyYears, 'many');
    await load(manyYears, 'many');
    expect(await count()).toBe(158);
  });

  it('refuses columns of different lengths', () => {
    const columns = { one: new StringColumn(), other: new Float64Column() };
    columns.one.push('');
    expect(() => encodeBlock(columns)).toThrow('column other has 0 rows, one has 1');
  });

  it('has the names and types of the tables', async () => {
    const tables: Record<string, Columns> = {
      otel_traces: spanColumns(),
      span_minutes: spanMinuteColumns(),
      predictions: predictionColumns(),
      prediction_minutes: predictionMinuteColumns(),
      labels: labelColumns(),
    };
    for (const [table, columns] of Object.entries(tables)) {
      const stored = await opened.store.watcher.rows<{ name: string; type: string }>(
        `SELECT name, type FROM system.columns WHERE database = 'serin' AND table = {table:String} AND default_kind NOT IN ('ALIAS', 'EPHEMERAL') ORDER BY name`,
        { table },
      );
      expect(stored.length).toBeGreaterThan(5);
      expect(
        Object.entries(columns)
          .map(([name, { type }]) => ({ name, type }))
          .sort((one, other) => (one.name < other.name ? -1 : 1)),
      ).toEqual(stored);
    }
  });
});
