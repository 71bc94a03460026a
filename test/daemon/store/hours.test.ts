import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../daemon/store/engine.ts';
import { freezeStretch } from '../../../daemon/store/freeze-stretch.ts';
import { readHistograms, readHistogramsOf, type HistogramFilter } from '../../../daemon/store/histograms.ts';
import { condenseHours } from '../../../daemon/store/prediction-hours.ts';
import { frozenTables } from '../../../daemon/store/reference-tables.ts';
import { openCondensing } from '../../../daemon/watch/condense.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import type { Window } from '../../../detectors/terms.ts';
import { randomFrom } from '../../detectors/samples.ts';
import { temporaryStore } from '../../support/temporary.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 9, 31, 22);

describe('hours', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let engine: Engine;
  const next = randomFrom(11);
  let read: string[] = [];
  beforeAll(async () => {
    opened = await temporaryStore();
    const { watcher } = opened.store;
    engine = {
      ...watcher,
      bytes: (sql, parameters) => {
        read.push(/FROM \{database\}\.(\w+)/.exec(sql)?.[1] ?? sql);
        return watcher.bytes(sql, parameters);
      },
    };
  });
  afterAll(() => opened.remove());

  /** What the door counts of some records of a minute: features and scores, in two slices, with names that sort apart. */
  async function addMinute(model: string, at: number, version: string, records: number): Promise<void> {
    const counted = (value: () => number): Record<string, number> => {
      const codes: Record<string, number> = {};
      for (let n = 0; n < records; n++) {
        const code = binCode(value());
        codes[code] = (codes[code] ?? 0) + 1;
      }
      return codes;
    };
    const rows = ['all', 'region=EU'].flatMap((slice) => {
      const common = { model, version, slice, bucket: new Date(at).toISOString().slice(0, 19).replace('T', ' ') };
      const of = (kind: string, name: string, numbers: object, categories: object) => ({
        ...common,
        kind,
        name,
        count: records,
        missing: 0,
        numbers,
        categories,
      });
      return [
        of(
          'feature',
          'amount',
          counted(() => next() * 20 - 10),
          {},
        ),
        of('feature', 'Zone', {}, { [`é${Math.floor(next() * 3)}`]: records - 1, 'a"b': 1 }),
        of('score', '', counted(next), {}),
        of('score', 'second', counted(next), {}),
        of('decision', '', {}, { approve: records }),
      ];
    });
    await opened.store.writer.insert('prediction_minutes', rows);
  }

  async function expectSame(model: string, window: Window, filter: HistogramFilter = {}): Promise<void> {
    const minutes = await readHistograms(engine, model, window, { ...filter, minutesOnly: true });
    read = [];
    expect(await readHistograms(engine, model, window, filter)).toEqual(minutes);
  }

  it('say what their minutes say, alone or with minutes before and after, of every slice, kind and version', async () => {
    for (let hour = 0; hour < 5; hour++)
      for (let minute = 0; minute < 60; minute += 13)
        for (const version of ['v1', 'v2']) await addMinute('m', NOON + hour * HOUR + minute * MINUTE, version, 20);
    await addMinute('other', NOON, 'v1', 20);
    await condenseHours(engine, 'm', { from: NOON, to: NOON + 4 * HOUR });
    const whole = { from: NOON, to: NOON + 4 * HOUR };
    const filters: HistogramFilter[] = [
      {},
      { kind: 'feature' },
      { version: 'v1' },
      { slice: 'region=EU' },
      { name: 'amount' },
    ];
    for (const filter of filters) {
      await expectSame('m', whole, filter);
      expect(read).toEqual(['prediction_hours']);
      await expectSame('m', { from: NOON + 17 * MINUTE, to: NOON + 5 * HOUR }, filter);
      expect(read).toEqual(['prediction_hours', 'prediction_minutes']);
    }
    const of = await readHistogramsOf(engine, ['m', 'other'], whole);
    expect(of('other')).toEqual(await readHistograms(engine, 'other', whole));
    expect(of('m')).toEqual(await readHistograms(engine, 'm', whole));
    expect((await readHistograms(engine, 'm', whole)).length).toBeGreaterThan(10);
  });

  it('are left for the minutes where these count more by now, until they are condensed again', async () => {
    const window = { from: NOON + HOUR, to: NOON + 3 * HOUR };
    await addMinute('m', NOON + HOUR, 'v3', 7);
    await expectSame('m', window);
    expect(read).toEqual(['prediction_hours', 'prediction_minutes']);
    await condenseHours(engine, 'm', window);
    await condenseHours(engine, 'm', window);
    await expectSame('m', window);
    expect(read).toEqual(['prediction_hours']);
    // As two daemons at once would leave it.
    await engine.run('INSERT INTO {database}.prediction_hours SELECT * FROM {database}.prediction_hours');
    await expectSame('m', window);
  });

  it.each([
    ['from within a minute', MINUTE - 1, 2 * MINUTE, 1],
    ['up to within a minute', MINUTE, MINUTE + 1, 1],
    ['up to the beginning of a minute', MINUTE, 2 * MINUTE, 1],
    ['of all times', -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 2],
  ])('a stretch %s has the minutes that begin in it', async (name, from, to, minutes) => {
    for (const minute of [1, 2]) await addMinute(name, NOON + minute * MINUTE, 'v1', 3);
    const rows = await readHistograms(engine, name, { from: NOON + from, to: NOON + to }, { kind: 'decision' });
    expect(rows.find(({ slice }) => slice === 'all')?.histogram.count).toBe(3 * minutes);
  });

  it('come along with a stretch that becomes a reference', async () => {
    const window = { from: NOON + HOUR, to: NOON + 3 * HOUR };
    await freezeStretch(engine, 'reference-1', { model: 'm', version: null, window }, 1000);
    read = [];
    const frozen = await readHistograms(frozenTables(engine), 'reference-1', window);
    expect(read).toEqual(['reference_prediction_hours']);
    expect(frozen).toEqual(await readHistograms(engine, 'm', window));
  });

  it('come along only where they count what the copy counts: not of one version of several, nor where minutes came since', async () => {
    const window = { from: NOON + HOUR, to: NOON + 3 * HOUR };
    await freezeStretch(engine, 'reference-v1', { model: 'm', version: 'v1', window }, 1000);
    await addMinute('m', NOON + HOUR, 'v1', 9);
    await freezeStretch(engine, 'reference-late', { model: 'm', version: null, window }, 1000);
    for (const [id, filter] of [
      ['reference-v1', { version: 'v1', kind: 'score' }] as const,
      ['reference-late', {}] as const,
    ]) {
      const frozen = frozenTables(engine);
      expect(await readHistograms(frozen, id, window, filter)).toEqual(
        await readHistograms(frozen, id, window, { ...filter, minutesOnly: true }),
      );
    }
    read = [];
    expect(await readHistograms(frozenTables(engine), 'reference-late', window)).toEqual(
      await readHistograms(engine, 'm', window),
    );
    expect(read.slice(0, 2)).toEqual(['reference_prediction_hours', 'reference_prediction_minutes']);
    expect(await readHistograms(frozenTables(engine), 'reference-v1', window, { kind: 'feature' })).not.toEqual(
      await readHistograms(engine, 'm', window, { kind: 'feature' }),
    );
    await condenseHours(engine, 'm', window);
  });

  it('are condensed once they are over, late records and all, and the oldest first where there are many', async () => {
    const condensing = openCondensing(engine, 30_000);
    const hours = () =>
      engine.rows<{ at: number; traffic: number }>(
        `SELECT DISTINCT toUnixTimestamp(bucket) * 1000 AS at, max(traffic) OVER (PARTITION BY bucket) AS traffic
         FROM {database}.prediction_hours WHERE model = 'live' ORDER BY at`,
      );
    await addMinute('live', NOON, 'v1', 10);
    condensing.touch('live', { from: NOON, to: NOON + 1 }, NOON + 1);
    await condensing.tick(NOON + HOUR + 29_000);
    expect(await hours()).toEqual([]);
    await condensing.tick(NOON + HOUR + 30_000);
    expect(await hours()).toEqual([{ at: NOON, traffic: 20 }]);
    await addMinute('live', NOON, 'v1', 5);
    condensing.touch('live', { from: NOON, to: NOON + 1 }, NOON + 2 * HOUR);
    await condensing.tick(NOON + 2 * HOUR);
    expect(await hours()).toEqual([{ at: NOON, traffic: 30 }]);
    await addMinute('live', NOON + 40 * HOUR, 'v1', 1);
    condensing.touch('live', { from: 0, to: NOON + 40 * HOUR }, NOON + 42 * HOUR);
    let ticks = 0;
    for (; (await hours()).length < 2 && ticks < 100; ticks++) await condensing.tick(NOON + 42 * HOUR);
    expect(await hours()).toContainEqual({ at: NOON + 40 * HOUR, traffic: 2 });
    expect(ticks).toBeGreaterThan(20);
    await expectSame('live', { from: NOON, to: NOON + 41 * HOUR });
  });

  it('wait behind the others where the store refuses, and are condensed later', async () => {
    let refuse = true;
    const refusing: Engine = {
      ...engine,
      run: async (sql, parameters) => {
        if (refuse && parameters?.['model'] === 'm') throw new Error('away');
        await engine.run(sql, parameters);
      },
    };
    const condensing = openCondensing(refusing, 0);
    await addMinute('m', NOON, 'v4', 3);
    await addMinute('third', NOON, 'v1', 3);
    for (const model of ['m', 'third']) condensing.touch(model, { from: NOON, to: NOON + 1 }, NOON);
    await expect(condensing.tick(NOON + HOUR)).rejects.toThrow('away');
    await expect(condensing.tick(NOON + HOUR)).rejects.toThrow('away');
    await expectSame('third', { from: NOON, to: NOON + HOUR });
    expect(read).toEqual(['prediction_hours']);
    refuse = false;
    await condensing.tick(NOON + HOUR);
    await expectSame('m', { from: NOON, to: NOON + HOUR });
    expect(read).toEqual(['prediction_hours']);
  });
});
