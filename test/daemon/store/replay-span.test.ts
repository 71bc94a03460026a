import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PageMemory } from '../../../daemon/store/page-memory.ts';
import { LARGEST_HASH } from '../../../daemon/store/replay-population.ts';
import {
  readReplayPage,
  type PageEncoding,
  type PageQuery,
  type ReplayPage,
} from '../../../daemon/store/replay-rows.ts';
import { openSpan } from '../../../daemon/store/replay-span.ts';
import { textsAt } from '../../../daemon/store/native-reader.ts';
import type { ModelInput } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';

const FROM = Date.parse('2026-01-01T00:00:00Z');
const ROWS = 40_000;
const number = (feature: string, more: Partial<ModelInput> = {}): ModelInput => ({
  feature,
  encoding: 'number',
  fill: -1,
  log1p: false,
  mean: 0,
  scale: 1,
  ...more,
});
const FEATURES = Array.from({ length: 20 }, (_, at) => `f${at}`);
const PLAIN = FEATURES.map((feature) => number(feature));
const MIXED: ModelInput[] = [
  number('f3', { log1p: true, scale: 2 }),
  { ...number('country'), encoding: 'one_hot', categories: ['DE', 'FR'] },
  number('f0'),
];

describe('a stretch', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
    await opened.store.bulk.run(
      `INSERT INTO {database}.predictions (timestamp, received_at, model, version, role, prediction_id, numbers_given, categories, score, value, tags)
       SELECT fromUnixTimestamp64Milli(toInt64({from:Int64} + number)) AS made, made, 'm', 'v1', 'control', concat('id-', repeat('x', number % 400), toString(number)),
         CAST(({features:Array(String)}, arrayMap(i -> if((number + i) % 97 = 0, nan, cityHash64(number, i) / 1e15), range(20))), 'Map(LowCardinality(String), Float64)'),
         map('country', ['DE', 'FR', 'IT'][number % 3 + 1]), if(number % 7 = 0, NULL, number / 1e5), number, map('region', ['EU', 'US'][number % 2 + 1])
       FROM numbers({rows:UInt64})`,
      { from: FROM, features: FEATURES, rows: ROWS },
    );
  });
  afterAll(() => opened.remove());

  const query = (to: number): PageQuery => ({
    population: {
      model: 'm',
      versions: ['v1'],
      window: { from: FROM, to },
      receivedBy: to,
      hashAtMost: LARGEST_HASH,
    },
    version: 'v1',
    span: { from: FROM, to, part: 0, parts: 1 },
  });
  const rowsOf = (page: ReplayPage, width: number): unknown[] => {
    const ids = textsAt(
      page.ids,
      Uint32Array.from({ length: page.rows }, (_, row) => row),
    );
    return ids.map((id, row) => [
      id,
      page.timestamps[row],
      page.recorded[row],
      page.stakes[row],
      page.samples[row],
      page.slices.map(({ keys, indexes }) => keys[indexes[row] ?? 0]),
      [...page.matrix.subarray(row * width, (row + 1) * width)],
    ]);
  };

  it.each([
    ['numbers as they were recorded', PLAIN, 20],
    ['every kind of feature', MIXED, 4],
  ])('read through a file is what it is in memory: %s', async (_, inputs, width) => {
    const encoding: PageEncoding = {
      inputs,
      controlInputs: PLAIN,
      slices: ['region'],
      sampleHashes: [String(2n ** 63n), String(2n ** 62n)],
    };
    const { bulk } = opened.store;
    const slow = await readReplayPage(bulk, query(FROM + ROWS), encoding);
    const pages = await openSpan(bulk, { ...query(FROM + ROWS), pieceRows: 15_000 }, encoding);
    const memory = new PageMemory();
    const [found, control]: [unknown[], number[]] = [[], []];
    let read = 0;
    while (pages.hasMore) {
      // Memory that is used again, as in a replay.
      const page = await pages.next(memory.take);
      found.push(...rowsOf(page, width));
      control.push(...(page.control?.matrix ?? []));
      memory.free();
      read++;
    }
    await pages.close();
    expect(read).toBeGreaterThan(2);
    expect(found).toEqual(slow.flatMap((page) => rowsOf(page, width)));
    expect(found).toHaveLength(ROWS);
    expect(control).toEqual(slow.flatMap((page) => [...(page.control?.matrix ?? [])]));
  });

  it('may be empty', async () => {
    const { bulk } = opened.store;
    const query0 = { ...query(FROM + 10), span: { from: FROM - 10, to: FROM, part: 0, parts: 1 } };
    const pages = await openSpan(bulk, query0, { inputs: PLAIN, controlInputs: null, slices: [], sampleHashes: [] });
    while (pages.hasMore) expect((await pages.next(new PageMemory().take)).rows).toBe(0);
    await pages.close();
  });
});
