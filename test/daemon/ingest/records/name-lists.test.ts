import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlockParts } from '../../../../daemon/ingest/native/block-parts.ts';
import { encodeBlock, truncateColumns } from '../../../../daemon/ingest/native/block.ts';
import {
  appendPrediction,
  predictionColumns,
  PredictionDrafts,
  wordsOf,
  type PredictionColumns,
} from '../../../../daemon/ingest/records/predictions.ts';
import { temporaryStore } from '../../../support/temporary.ts';

const FROM = Date.UTC(2026, 9, 31, 10);
type Numbers = Readonly<Record<string, number>>;

describe('numbers that share lists of names', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let made = 0;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(() => opened.remove());

  function append(columns: PredictionColumns, model: string, rows: readonly Numbers[], version = 'v1'): void {
    const drafts = new PredictionDrafts(wordsOf(columns));
    for (const [at, numbers] of rows.entries()) {
      drafts.release();
      const draft = drafts.take();
      Object.assign(draft, { model, version, predictionId: String(at).padStart(6, '0'), timestamp: FROM + at });
      for (const [name, value] of Object.entries(numbers)) draft.features.push(name, value);
      draft.features.push('a text', 'x');
      draft.features.push('nothing', null);
      appendPrediction(columns, draft, FROM, 1);
    }
  }

  async function stored(columns: PredictionColumns, model: string) {
    const file = join(opened.directory, `${made++}.native`);
    await writeFile(file, encodeBlock(columns));
    await opened.store.loader.insertBlocks('predictions', Object.keys(columns), file, `lists-${made}`);
    return opened.store.watcher.rows<{ numbers: Numbers; size: number; names: string }>(
      `SELECT numbers, length(number_values) AS size, hex(number_names) AS names FROM {database}.predictions
       WHERE model = {model:String} ORDER BY version, prediction_id`,
      { model },
    );
  }

  it('come back as the maps that were sent, whatever is missing and in whatever order', async () => {
    const name = fc.oneof(
      fc.constantFrom('a', 'b', 'c', '', '\0', 'a\0b', 'é', '__proto__'),
      fc.string({ unit: 'grapheme' }),
    );
    const value = fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => (each === 0 ? 0 : each));
    const map = fc
      .uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 40 })
      .map((pairs) => Object.fromEntries(pairs) as Numbers);
    await fc.assert(
      fc.asyncProperty(fc.array(map, { minLength: 1, maxLength: 60 }), async (rows) => {
        const columns = predictionColumns();
        const model = `any-${made}`;
        append(columns, model, rows);
        const found = await stored(columns, model);
        expect(found.map(({ numbers }) => numbers)).toEqual(rows.map((row) => Object.fromEntries(Object.entries(row))));
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  it('share one list where a few are missing, and have lists of their own where they have little in common', async () => {
    const columns = predictionColumns();
    const wide = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`f${at}`, at]));
    const { f3, ...gap } = wide;
    append(columns, 'shared', [wide, gap, { f59: 1 }, Object.fromEntries(Object.entries(wide).reverse()), {}]);
    const rows = await stored(columns, 'shared');
    expect(rows.map(({ size }) => size)).toEqual([60, 60, 1, 60, 0]);
    expect(new Set(rows.map(({ names }) => names)).size).toBe(3);
    expect(rows[1]!.numbers).toEqual(gap);
    expect(f3).toBe(3);
  });

  it('widen a list by what is new, once', async () => {
    const columns = predictionColumns();
    append(columns, 'wider', [{ a: 1 }, { a: 2, b: 3 }, { a: 4 }, { b: 5 }]);
    const rows = await stored(columns, 'wider');
    expect(rows.map(({ size }) => size)).toEqual([1, 2, 2, 2]);
    expect(rows.map(({ numbers }) => numbers)).toEqual([{ a: 1 }, { a: 2, b: 3 }, { a: 4 }, { b: 5 }]);
  });

  it('forget their lists with the words that they are made of', async () => {
    const columns = predictionColumns();
    append(columns, 'again', [{ a: 1, b: 2 }]);
    truncateColumns(columns, 0);
    append(columns, 'again', [{ b: 3, c: 4 }]);
    append(columns, 'again', [{ c: 5, b: 6 }], 'v2');
    expect((await stored(columns, 'again')).map(({ numbers }) => numbers)).toEqual([
      { b: 3, c: 4 },
      { b: 6, c: 5 },
    ]);
  });

  it('begin anew after many versions', async () => {
    const columns = predictionColumns();
    const versions = Array.from({ length: 300 }, (_, at) => `v${String(at).padStart(3, '0')}`);
    for (const version of versions) append(columns, 'many', [{ a: 1 }, { a: 2, b: 3 }], version);
    append(columns, 'many', [{ b: 4 }], versions[0]);
    const rows = await stored(columns, 'many');
    // The last one takes the place of the first, whose id it has.
    expect(rows).toHaveLength(600);
    expect(rows.filter(({ numbers }) => numbers['b'] === 4).map(({ numbers }) => numbers)).toEqual([{ b: 4 }]);
  });

  it('take little more memory than names that never come again were sent with', () => {
    const columns = predictionColumns();
    const name = (at: number): string => `${at}`.padEnd(200, 'n');
    append(
      columns,
      'strange',
      Array.from({ length: 40_000 }, (_, at) => ({ [name(at)]: at })),
    );
    const { number_names } = columns;
    const out = new BlockParts();
    number_names.encode(out);
    const bytes = out.parts().reduce((sum, part) => sum + part.byteLength, 0);
    expect(bytes).toBeGreaterThan(40_000 * 200);
    expect(bytes).toBeLessThan(2 * 40_000 * 200);
  });
});
