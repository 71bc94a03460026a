import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../daemon/store/engine.ts';
import { readHistograms } from '../../../daemon/store/histograms.ts';
import { openOpenSums } from '../../../daemon/watch/open-sums.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import type { Window } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 10, 20, 12);
const window: Window = { from: NOON, to: NOON + HOUR };

describe('sums of open windows', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let engine: Engine;
  /** Stretches of minutes that were read, in minutes of the window. */
  let reads: (readonly [number, number])[] = [];
  /** Called while the engine reads. */
  let meanwhile: () => void = () => undefined;
  beforeAll(async () => {
    opened = await temporaryStore();
    const { watcher } = opened.store;
    engine = {
      ...watcher,
      async bytes(sql, parameters) {
        const minute = (bound: string) => (Number(parameters?.[bound]) * 1000 - NOON) / MINUTE;
        reads.push([minute('fromSecond'), minute('toSecond')]);
        const bytes = await watcher.bytes(sql, parameters);
        meanwhile();
        return bytes;
      },
    };
  });
  beforeEach(() => {
    reads = [];
    meanwhile = () => undefined;
  });
  afterAll(() => opened.remove());

  const insert = (model: string, minute: number, value = minute) =>
    opened.store.writer.insert(
      'prediction_minutes',
      ['v1', 'v2'].flatMap((version) =>
        ['all', 'region=EU'].map((slice) => ({
          model,
          version,
          slice,
          kind: value % 3 === 0 ? 'score' : 'feature',
          name: value % 3 === 0 ? '' : `f${value % 5}`,
          bucket: new Date(NOON + minute * MINUTE).toISOString().slice(0, 19).replace('T', ' '),
          count: 5,
          missing: 2,
          numbers: { [binCode(value)]: 1, [binCode(-value)]: 1, [binCode(7)]: 1 },
          categories: { [`c${value % 2}`]: 2 },
        })),
      ),
    );
  const whole = (model: string) => readHistograms(opened.store.reader, model, window, { minutesOnly: true });
  const stretch = (minute: number): Window => ({ from: NOON + minute * MINUTE, to: NOON + (minute + 1) * MINUTE });

  it('are what the whole window holds, and read what is new of it', async () => {
    const sums = openOpenSums(engine);
    for (let minute = 0; minute < 60; minute += 4) {
      for (const model of ['a', 'b']) {
        await insert(model, minute);
        sums.touch(model, stretch(minute));
      }
      const read = await sums.read(['a', 'b', 'silent'], window, NOON + (minute + 1) * MINUTE);
      for (const model of ['a', 'b']) expect(read(model)).toEqual(await whole(model));
      expect(read('silent')).toEqual([]);
    }
    expect(new Set(reads.map(String))).toEqual(
      new Set(['0,60', '0,10', '10,60', '10,20', '20,60', '20,30', '30,60', '30,40', '40,60', '40,50', '50,60']),
    );
  });

  it('begin anew where a record comes late, of its model alone', async () => {
    const sums = openOpenSums(engine);
    for (const model of ['c', 'd']) for (const minute of [1, 2, 31]) await insert(model, minute);
    const now = NOON + 33 * MINUTE;
    await sums.read(['c', 'd'], window, now);
    await insert('c', 2, 8);
    sums.touch('c', stretch(2));
    sums.touch('d', stretch(32));
    reads = [];
    const read = await sums.read(['c', 'd'], window, now);
    for (const model of ['c', 'd']) expect(read(model)).toEqual(await whole(model));
    expect(reads.map(String)).toEqual(['0,30', '30,60']);
    expect(read('c')).toHaveLength(2 * (await whole('d')).length - 2);
  });

  it('leave out what came while they were added up, and have it at the next look', async () => {
    const sums = openOpenSums(engine);
    await insert('e', 3);
    let came: Promise<void> | undefined;
    meanwhile = () => {
      if (came !== undefined) return;
      came = insert('e', 4);
      sums.touch('e', stretch(4));
    };
    await sums.read(['e'], window, NOON + 20 * MINUTE);
    await came;
    const read = await sums.read(['e'], window, NOON + 20 * MINUTE);
    expect(read('e')).toEqual(await whole('e'));
  });

  it('are of one window: another one, or one of another length, begins anew', async () => {
    const sums = openOpenSums(engine);
    for (const minute of [1, 21, 41]) await insert('f', minute);
    await sums.read(['f'], window, NOON + 50 * MINUTE);
    const half: Window = { from: NOON, to: NOON + 30 * MINUTE };
    const read = await sums.read(['f'], half, NOON + 29 * MINUTE);
    expect(read('f')).toEqual(await readHistograms(opened.store.reader, 'f', half, { minutesOnly: true }));
    const after = await sums.read(['f'], { from: NOON + HOUR, to: NOON + 2 * HOUR }, NOON + 63 * MINUTE);
    expect(after('f')).toEqual([]);
  });
});
