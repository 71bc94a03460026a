import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBudgets } from '../../../daemon/store/budgets.ts';
import { readDurations, readHistograms } from '../../../daemon/store/histograms.ts';
import { readOutcomes } from '../../../daemon/store/outcomes.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import { temporaryStore } from '../../support/temporary.ts';

const HOUR = 3_600_000;
const T = Date.UTC(2026, 10, 1, 12);
const sql = (at: number): string => new Date(at).toISOString().replace('T', ' ').slice(0, 23);

function codes(values: readonly number[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[binCode(value)] = (counts[binCode(value)] ?? 0) + 1;
  return counts;
}

describe('what the store reduces a window to', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('adds up the minutes of a window, its end excluded', async () => {
    const row = (at: number, version: string, values: number[], missing: number, categories = {}) => ({
      model: 'm',
      version,
      slice: 'all',
      kind: 'feature',
      name: 'amount',
      bucket: sql(at).slice(0, 19),
      count: values.length + missing,
      missing,
      numbers: codes(values),
      categories,
    });
    await opened.store.writer.insert('prediction_minutes', [
      row(T, 'v1', [-1, 0, 5], 1),
      row(T + 60_000, 'v2', [5, 5], 0, { __proto__x: 1 }),
      row(T + HOUR, 'v1', [100], 0),
      row(T - 60_000, 'v1', [100], 0),
    ]);
    const [only, ...others] = await readHistograms(opened.store.reader, 'm', { from: T, to: T + HOUR });
    expect(others).toEqual([]);
    expect(only).toMatchObject({ version: 'all', slice: 'all', kind: 'feature', name: 'amount' });
    expect(only!.histogram.count).toBe(6);
    expect(only!.histogram.missing).toBe(1);
    expect([...only!.histogram.bins].map((bin) => [bin.low, bin.count])).toEqual([
      [-1.03125, 1],
      [0, 1],
      [5, 3],
    ]);
    expect(only!.histogram.categories).toEqual([{ value: '__proto__x', count: 1 }]);
    expect(await readHistograms(opened.store.reader, `' OR 1=1`, { from: T, to: T + HOUR })).toEqual([]);
    const one = await readHistograms(opened.store.reader, 'm', { from: T, to: T + HOUR }, { version: 'v2' });
    expect(one[0]!.histogram.count).toBe(2);
  });

  it('reads durations and budgets of the services asked for', async () => {
    const row = (at: number, durations: number[], errors: number, service = 'pay') => ({
      service,
      operation: 'POST /score',
      bucket: sql(at).slice(0, 19),
      count: durations.length,
      errors,
      durations: codes(durations),
    });
    await opened.store.writer.insert('span_minutes', [
      row(T - 2 * 60_000, [10, 10, 900], 1),
      row(T - 20 * 60_000, [10, 900], 0),
      row(T - 3 * HOUR, [10, 10], 2),
      row(T - 5 * 60_000, [10], 0, 'other'),
    ]);
    const [durations] = await readDurations(opened.store.reader, ['pay'], { from: T - HOUR, to: T });
    expect(durations).toMatchObject({ service: 'pay', operation: 'POST /score', durations: { count: 5, errors: 1 } });
    const [budget] = await readBudgets(opened.store.reader, ['pay'], T, 250);
    expect(budget!.series.points).toEqual([
      { from: T - 6 * HOUR, to: T - 2 * HOUR, total: 2, bad: 2 },
      { from: T - 30 * 60_000, to: T - 5 * 60_000, total: 2, bad: 1 },
      { from: T - 5 * 60_000, to: T, total: 3, bad: 2 },
    ]);
    expect(await readBudgets(opened.store.reader, [], T, 250)).toEqual([]);
  });

  it('joins the latest label once to each prediction, and only trusts what is mature', async () => {
    const prediction = (id: string, at: number, score: number | null, region: string) => ({
      model: 'm',
      version: 'v1',
      role: 'control',
      prediction_id: id,
      timestamp: sql(at),
      score,
      tags: { region },
      received_at: sql(at),
      segment: 1,
    });
    const label = (id: string, text: string, at: number) => ({
      prediction_id: id,
      label: text,
      timestamp: sql(at),
      source: 's',
      received_at: sql(at),
      segment: 1,
    });
    await opened.store.writer.insert('predictions', [
      prediction('a', T, 0.9, 'EU'),
      prediction('b', T, 0.5, 'US'),
      prediction('c', T, 0.5, 'EU'),
      prediction('d', T, null, 'EU'),
      prediction('young', T + HOUR - 1, 0.9, 'EU'),
    ]);
    await opened.store.writer.insert('predictions', [prediction('a', T, 0.9, 'EU')]);
    await opened.store.writer.insert('labels', [
      label('a', '0', T + 5),
      label('a', '1', T + 9),
      label('a', '0', T + 2),
      label('b', '0', T),
      label('orphan', '1', T),
      label('young', '1', T),
    ]);
    const rules = { positiveLabel: '1', maturityMs: HOUR } as const;
    const read = (unlabelled: 'unknown' | 'negative', tags: string[] = []) =>
      readOutcomes(opened.store.reader, {
        model: 'm',
        window: { from: T, to: T + HOUR },
        now: T + HOUR,
        rules: { ...rules, unlabelled },
        slices: tags,
      });

    const [known] = await read('unknown');
    expect(known).toMatchObject({
      version: 'v1',
      slice: 'all',
      from: T,
      outcomes: { predictions: 4, mature: 3, labelled: 2 },
    });
    expect(known!.outcomes.outcomes).toEqual([
      { score: 0.5, positives: 0, negatives: 1, unknown: 1 },
      { score: expect.closeTo(0.9, 3), positives: 1, negatives: 0 },
    ]);
    const negative = await read('negative', ['region', 'no-such-tag']);
    expect(negative.map((row) => row.slice)).toEqual(['all', 'region=EU', 'region=US']);
    expect(negative[0]!.outcomes.outcomes[0]).toEqual({ score: 0.5, positives: 0, negatives: 2 });
    expect(negative[1]!.outcomes).toMatchObject({ predictions: 3, mature: 2, labelled: 1 });
  });
});
