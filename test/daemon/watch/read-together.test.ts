import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../daemon/store/engine.ts';
import { readHistograms } from '../../../daemon/store/histograms.ts';
import { openOpenSums } from '../../../daemon/watch/open-sums.ts';
import { readTogether } from '../../../daemon/watch/read-together.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import type { Window } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 20, 12);
const open: Window = { from: NOON, to: NOON + HOUR };
const before: Window = { from: NOON - HOUR, to: NOON };

describe('windows of several models', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let engine: Engine;
  let selects = 0;
  beforeAll(async () => {
    opened = await temporaryStore();
    const { watcher } = opened.store;
    engine = {
      ...watcher,
      bytes: (...asked) => {
        // Hours are looked for before; there are none.
        if (!asked[0].includes('{database}.prediction_hours')) selects++;
        return watcher.bytes(...asked);
      },
    };
    const row = (model: string, hour: number, value: number) => ({
      model,
      version: 'v1',
      slice: 'all',
      kind: 'feature',
      name: 'amount',
      bucket: new Date(hour).toISOString().slice(0, 19).replace('T', ' '),
      count: 3,
      missing: 1,
      numbers: { [binCode(value)]: 1, [binCode(-value)]: 1 },
      categories: { [model]: 2 },
    });
    await opened.store.writer.insert(
      'prediction_minutes',
      ['a', 'b', "c'"].flatMap((model, at) => [row(model, NOON, at + 1), row(model, NOON - HOUR, at + 10)]),
    );
  });
  beforeEach(() => {
    selects = 0;
  });
  afterAll(() => opened.remove());

  const due = (...windows: Window[]) => windows.map((window) => ({ window, final: window.to <= NOON }));

  it('are read at once, and are to each what it would have read alone', async () => {
    const read = readTogether(
      engine,
      new Map([
        ['a', due(before, open)],
        ['b', due(open)],
        ["c'", due(before, open)],
        ['silent', due(open)],
      ]),
      openOpenSums(engine),
      NOON + 60_000,
    );
    for (const window of [before, open])
      for (const model of ['a', "c'"])
        expect(await read(model, window)).toEqual(await readHistograms(opened.store.reader, model, window));
    expect(await read('b', open)).toEqual(await readHistograms(opened.store.reader, 'b', open));
    expect(await read('silent', open)).toEqual([]);
    expect(selects).toBe(2);
    expect((await read('b', open)).map(({ histogram }) => Array.from(histogram.bins, ({ low }) => low))).toEqual([
      [-2.0625, 2],
    ]);
  });

  it('are read alone of a model that has many due, and of one that was not announced', async () => {
    const read = readTogether(
      engine,
      new Map([
        ['a', due({ from: 0, to: 1 }, before, open)],
        ['b', due(open)],
      ]),
      openOpenSums(engine),
      NOON + 60_000,
    );
    expect(await read('a', open)).toEqual(await readHistograms(opened.store.reader, 'a', open));
    expect(await read("c'", open)).toEqual(await readHistograms(opened.store.reader, "c'", open));
    expect(await read('b', open)).toEqual(await readHistograms(opened.store.reader, 'b', open));
    expect(selects).toBe(3);
  });
});
