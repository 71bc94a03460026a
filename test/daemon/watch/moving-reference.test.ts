import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/config/config.ts';
import { readMovingReference, stretchesBefore } from '../../../daemon/watch/moving-reference.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import { temporaryStore } from '../../support/temporary.ts';

const HOUR = 3_600_000;
const WEEK = 168 * HOUR;
const NOON = Date.UTC(2026, 10, 20, 12);

describe('a reference that moves along', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
    const row = (from: number, kind: string, name: string, value: number, count: number) => ({
      model: 'm',
      version: 'v1',
      slice: 'all',
      kind,
      name,
      bucket: new Date(from).toISOString().slice(0, 19).replace('T', ' '),
      count,
      missing: 0,
      numbers: { [binCode(value)]: count },
      categories: {},
    });
    const hours = [
      [NOON - HOUR, 1000],
      [NOON - WEEK, 10],
      [NOON - 3 * WEEK, 10],
    ] as const;
    await opened.store.writer.insert(
      'prediction_minutes',
      hours.flatMap(([from, value]) => [row(from, 'score', '', 0.5, 100), row(from, 'feature', 'amount', value, 100)]),
    );
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('is the window before, or the same hour of earlier weeks', () => {
    const window = { from: NOON, to: NOON + HOUR };
    expect(stretchesBefore(window, 'fixed')).toEqual([]);
    expect(stretchesBefore(window, 'previous')).toEqual([{ from: NOON - HOUR, to: NOON }]);
    expect(stretchesBefore(window, 'same_hour').map(({ from }) => (NOON - from) / WEEK)).toEqual([4, 3, 2, 1]);
  });

  it('adds up what came in its stretches, and is none where nothing came', async () => {
    const read = (kind: 'previous' | 'same_hour', from = NOON) =>
      readMovingReference(opened.store.watcher, 'm', modelSettings.parse({ reference_kind: kind }), {
        from,
        to: from + HOUR,
      });
    const weeks = await read('same_hour');
    expect(weeks?.window).toEqual({ from: NOON - 3 * WEEK, to: NOON - WEEK + HOUR });
    expect(weeks?.traffic.features.map(({ subject, summary }) => [subject, summary.count, [...summary.bins]])).toEqual([
      ['amount', 200, [{ low: 10, high: 10.25, count: 200 }]],
    ]);
    const before = await read('previous');
    expect(before?.traffic.features[0]?.summary.bins.low[0]).toBeGreaterThan(900);
    expect(await read('previous', NOON + 5 * HOUR)).toBeUndefined();
  });
});
