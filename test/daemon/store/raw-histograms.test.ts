import { afterAll, beforeAll, expect, it } from 'vitest';
import { readHistograms } from '../../../daemon/store/histograms.ts';
import { readRawHistograms } from '../../../daemon/store/raw-histograms.ts';
import { rebuildRollups } from '../../../daemon/store/rebuild-rollups.ts';
import { temporaryStore } from '../../support/temporary.ts';

const HOUR = 3_600_000;
const FROM = Date.UTC(2026, 9, 31, 10);
const window = { from: FROM, to: FROM + HOUR };

let opened: Awaited<ReturnType<typeof temporaryStore>>;
/** Rows whose features stand in the order given, row after row. */
async function store(model: string, rows: readonly (readonly (readonly [string, number])[])[]): Promise<void> {
  const at = (row: number): string => new Date(FROM + row * 1000).toISOString().slice(0, 23).replace('T', ' ');
  await opened.store.writer.insert(
    'predictions',
    rows.map((numbers, row) => ({
      timestamp: at(row),
      received_at: at(row),
      model,
      version: 'v1',
      role: 'control',
      prediction_id: `${model}-${String(row).padStart(4, '0')}`,
      numbers_given: Object.fromEntries(numbers),
      categories: row % 3 === 0 ? {} : { region: `r${row % 4}` },
      score: 0.5,
      segment: 1,
    })),
  );
}

const values = [0, -0, 1.5, -2.25, 1e-310, -1e300, 7, 42];
const value = (row: number, of: number): number => values[row % values.length]! + of * 1000;
const many = (names: (row: number) => readonly string[]) =>
  Array.from({ length: 200 }, (_, row) => names(row).map((name, at) => [name, value(row, at)] as const));

const CASES = [
  ['alike', many(() => ['amount', 'b,c', "it's", 'd'])],
  ['in-two-orders', many((row) => (row % 5 === 3 ? ['b', 'amount'] : ['amount', 'b']))],
  ['some-missing', many((row) => (row % 4 === 1 ? ['amount'] : row % 7 === 2 ? [] : ['amount', 'b', 'late']))],
  ['first-empty', many((row) => (row === 0 ? [] : ['amount', 'b']))],
  ['names-that-join-alike', many((row) => (row % 2 === 0 ? ['a', 'b\0c'] : ['a\0b', 'c']))],
  ['no-numbers', many(() => [])],
] as const;

beforeAll(async () => {
  opened = await temporaryStore();
  for (const [model, rows] of CASES) await store(model, rows);
  await rebuildRollups(opened.store.bulk, 202610, () => []);
});
afterAll(() => opened.remove());

it.each(CASES)('histograms of raw rows are those of the rollups: %s', async (model, rows) => {
  const raw = await readRawHistograms(opened.store.watcher, model, window);
  const counted = await readHistograms(opened.store.watcher, model, window, { kind: 'feature' });
  const names = new Set(rows.flat().map(([name]) => name));
  expect(raw.map(({ name }) => name)).toEqual([...names, 'region'].sort());
  expect(raw).toEqual(counted.map(({ name, histogram }) => ({ name, histogram })));
  for (const { name, histogram } of counted)
    expect(await readRawHistograms(opened.store.watcher, model, window, { name })).toEqual([{ name, histogram }]);
});

it('a NaN of either sign is a number that is missing', async () => {
  await opened.store.writer.run(
    `INSERT INTO {database}.predictions (timestamp, model, version, role, prediction_id, number_names, number_values, received_at, segment)
     SELECT fromUnixTimestamp64Milli({from:Int64}) AS timestamp, 'nan', 'v1', 'control', toString(number), '\\xFFa\\xFFb\\xFF', [[1., 0. / 0.], [-(0. / 0.), 2.]][number + 1], timestamp, 1
     FROM numbers(2)`,
    { from: FROM },
  );
  await rebuildRollups(opened.store.bulk, 202610, () => []);
  const raw = await readRawHistograms(opened.store.watcher, 'nan', window);
  expect(raw.map(({ name, histogram }) => [name, histogram.missing, histogram.bins.length])).toEqual([
    ['a', 1, 1],
    ['b', 1, 1],
  ]);
  const counted = await readHistograms(opened.store.watcher, 'nan', window, { kind: 'feature' });
  expect(counted.map(({ name, histogram }) => ({ name, histogram }))).toEqual(raw);
});
