import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/config/config.ts';
import { readConfusions } from '../../../daemon/store/confusions.ts';
import { readLabelFlow } from '../../../daemon/store/label-flow.ts';
import type { ModelBudget } from '../../../daemon/models/model-schema.ts';
import { readModelBudgets } from '../../../daemon/store/model-budgets.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import { readOutcomes } from '../../../daemon/store/outcomes.ts';
import { readResiduals } from '../../../daemon/store/residuals.ts';
import { meanAbsoluteError, errorMoments } from '../../../detectors/maths/error-moments.ts';
import { temporaryStore } from '../../support/temporary.ts';

const HOUR = 3_600_000;
const T = Date.UTC(2026, 10, 1, 12);
const sql = (at: number): string => new Date(at).toISOString().replace('T', ' ').slice(0, 23);

const prediction = (id: string, at: number, more: object) => ({
  model: 'm',
  version: 'v1',
  role: 'control',
  prediction_id: id,
  timestamp: sql(at),
  received_at: sql(at),
  segment: 1,
  ...more,
});
const label = (id: string, text: string, at: number, source = 'bank') => ({
  prediction_id: id,
  label: text,
  timestamp: sql(at),
  source,
  received_at: sql(at),
  segment: 1,
});

describe('labels joined to predictions', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  const query = (model: string) => ({
    model,
    window: { from: T, to: T + HOUR },
    now: T + 2 * HOUR,
    rules: { positiveLabel: '1', unlabelled: 'unknown' as const, maturityMs: HOUR, threshold: 0.5 },
    slices: ['region', 'country', 'amount>=100'],
  });

  beforeAll(async () => {
    opened = await temporaryStore();
    const { writer } = opened.store;
    const at = T + 1000;
    await writer.insert('predictions', [
      prediction('a', at, {
        score: 0.9,
        propensity: 0.5,
        value: 10,
        tags: { region: 'EU' },
        numbers_given: { amount: 150 },
      }),
      prediction('b', at, { score: 0.5, categories: { country: 'DE' }, numbers_given: { amount: 100 } }),
      prediction('c', at, { score: 0.49999999, numbers_given: { amount: 99 }, decision: 'decline' }),
      prediction('d', at, { score: 0.99999999, decision: 'approve' }),
    ]);
    await writer.insert('labels', [
      label('a', '0', T + 30 * 60_000),
      label('a', '1', T + 90 * 60_000, 'dispute'),
      label('b', '0', T + 10 * 60_000),
    ]);
    const regression = (id: string, score: number) => ({ ...prediction(id, at, { score }), model: 'price' });
    await writer.insert('predictions', [regression('r1', 10), regression('r2', 20), regression('r3', 20.001)]);
    await writer.insert('labels', [label('r1', '12', T), label('r2', '19.5', T), label('r3', 'unclear', T)]);
    const classes = (id: string, scores: object, decision = '') => ({
      ...prediction(id, at, { scores, decision }),
      model: 'kind',
    });
    await writer.insert('predictions', [
      classes('k1', { card: 0.7, cash: 0.3 }),
      classes('k2', { card: 0.5, cash: 0.5 }),
      classes('k3', {}, 'cash'),
      classes('k4', { card: 0.1, cash: 0.9 }),
    ]);
    await writer.insert('labels', [label('k1', 'card', T), label('k2', 'cash', T), label('k3', 'cash', T)]);
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('cuts slices by tags, categories and numbers', async () => {
    const rows = await readOutcomes(opened.store.reader, query('m'));
    expect(rows.map(({ slice, outcomes }) => [slice, outcomes.predictions])).toEqual([
      ['all', 4],
      ['amount>=100', 2],
      ['country=DE', 1],
      ['region=EU', 1],
    ]);
  });

  it('keeps a score on its side of the threshold, and tells scores near 1 apart', async () => {
    const [all] = await readOutcomes(opened.store.reader, query('m'));
    const scores = all!.outcomes.outcomes.map(({ score }) => score);
    expect(scores[0]).toBeLessThan(0.5);
    expect(scores[0]).toBeCloseTo(0.5, 8);
    expect(scores[1]).toBe(0.5);
    expect(1 - scores[3]!).toBeCloseTo(1e-8, 10);
  });

  it('takes the latest label, and weighs it and its value by the propensity', async () => {
    const [all] = await readOutcomes(opened.store.reader, query('m'));
    expect(all!.outcomes.outcomes[2]).toEqual({
      score: expect.closeTo(0.9, 3),
      positives: 1,
      negatives: 0,
      weights: { positives: 2, negatives: 0, positiveSquares: 4, negativeSquares: 0 },
      value: { positives: 20, negatives: 0, positiveSquares: 400, negativeSquares: 0 },
    });
  });

  it('adds up what predictions without a label are worth, apart from those that have one', async () => {
    const owed = (id: string, value: number | null) => ({
      ...prediction(id, T, { score: 0.25, value }),
      model: 'owed',
    });
    await opened.store.writer.insert('predictions', [owed('o1', 7), owed('o2', 5), owed('o3', 3), owed('o4', null)]);
    await opened.store.writer.insert('labels', [label('o3', '0', T)]);
    const [all] = await readOutcomes(opened.store.reader, query('owed'));
    expect(all!.outcomes.outcomes).toMatchObject([
      { score: 0.25, negatives: 1, unknown: 3, value: { positives: 0, negatives: 3 }, unknownValue: 12 },
    ]);
  });

  it('knows what was known at an age of the label', async () => {
    const [all] = await readOutcomes(opened.store.reader, { ...query('m'), asOfAgeMs: 40 * 60_000 });
    expect(all!.outcomes.outcomes[2]).toMatchObject({ positives: 0, negatives: 1 });
    const [early] = await readOutcomes(opened.store.reader, { ...query('m'), asOfAgeMs: 1000 });
    expect(early!.outcomes.labelled).toBe(0);
  });

  it('counts silence as negative only where an outcome could have been seen', async () => {
    const rules = { ...query('m').rules, unlabelled: 'negative' as const, observedDecisions: ['approve'] };
    const [all] = await readOutcomes(opened.store.reader, { ...query('m'), rules });
    const [first, , , last] = all!.outcomes.outcomes;
    expect(first).toMatchObject({ negatives: 0, unknown: 1 });
    expect(last).toMatchObject({ negatives: 1 });
  });

  it('weighs early labels by the delay curve of their slice, or of all', async () => {
    const bySlice = new Map([
      ['all', { positives: [8, 4], negatives: [2, 1] }],
      ['region=EU', { positives: [6, 3], negatives: [1, 1] }],
    ]);
    const now = T + 45 * 60_000;
    const rows = await readOutcomes(opened.store.reader, { ...query('m'), now, forecast: { bySlice } });
    const weightOf = (slice: string, score: number) =>
      rows
        .find((row) => row.slice === slice)!
        .outcomes.outcomes.find((outcome) => Math.abs(outcome.score - score) < 0.01 && outcome.positives > 0)?.weights
        ?.positives;
    expect([weightOf('all', 0.9), weightOf('region=EU', 0.9), weightOf('amount>=100', 0.9)]).toEqual([8, 6, 8]);
  });

  it('sums the errors of a regression, and counts a label that is no number as none', async () => {
    const [all] = await readResiduals(opened.store.reader, query('price'));
    const { errors, labels, ...counts } = all!.residuals;
    expect(labels).toEqual([
      { low: 12, high: 12.25, weight: 1, squares: 1 },
      { low: 19.5, high: 20, weight: 1, squares: 1 },
    ]);
    expect(counts).toEqual({ predictions: 3, mature: 3, labelled: 2 });
    expect(meanAbsoluteError(errorMoments(errors)).value).toBeCloseTo((2 + 0.5) / 2, 12);
    expect(errors.map(({ count, unknown }) => [count, unknown])).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  it('counts named classes against labels, the first by name of equally probable ones, the decision without any', async () => {
    const [all] = await readConfusions(opened.store.reader, query('kind'));
    const { cells, classes, ...counts } = all!.confusions;
    expect(counts).toEqual({ predictions: 4, mature: 4, labelled: 3 });
    expect(cells.map(({ predicted, actual, count }) => `${predicted} ${actual} ${count}`).sort()).toEqual([
      'card card 1',
      'card cash 1',
      'cash cash 1',
    ]);
    expect(classes.map(({ name }) => name).sort()).toEqual(['card', 'cash']);
    const card = classes.find(({ name }) => name === 'card')!;
    expect(card.outcomes).toEqual([
      { score: expect.closeTo(0.1, 2), positives: 0, negatives: 0, unknown: 1 },
      { score: 0.5, positives: 0, negatives: 1 },
      { score: expect.closeTo(0.7, 1), positives: 1, negatives: 0 },
    ]);
    expect(card.named).toEqual(card.outcomes.slice(1));
  });

  it('reads young predictions too where accuracy is looked ahead at, their labels weighted for those still to come', async () => {
    const curve = { positives: [9, 9, 9, 9], negatives: [8, 4, 2, 1] };
    const forecast = { bySlice: new Map([['all', curve]]) };
    // All are a little less than half an hour old, of an hour until labels are trusted.
    const young = (model: string) => ({ ...query(model), now: T + HOUR / 2 });
    const [kinds] = await readConfusions(opened.store.reader, young('kind'), forecast);
    expect(kinds!.confusions).toMatchObject({ predictions: 4, mature: 0, labelled: 0 });
    expect(kinds!.confusions.cells.map(({ count, weight, weightSquares }) => [count, weight, weightSquares])).toEqual(
      Array.from({ length: 3 }, () => [1, 4, 16]),
    );
    const [prices] = await readResiduals(opened.store.reader, young('price'), forecast);
    const { errors } = prices!.residuals;
    expect(errorMoments(errors)).toMatchObject({ weight: 2 * 4, absolute: 2.5 * 4, squares: { weight: 2 * 16 } });
    expect(await readResiduals(opened.store.reader, young('price'))).toMatchObject([{ residuals: { errors: [] } }]);
  });

  it('follows predictions until their labels came, and counts what came in the window', async () => {
    await opened.store.writer.insert('prediction_minutes', [
      { model: 'm', version: 'v1', slice: 'all', kind: 'score', name: '', bucket: sql(T).slice(0, 19), count: 4 },
    ]);
    const [all] = await readLabelFlow(opened.store.reader, query('m'));
    const sum = (groups: readonly { positives: number; others: number; waiting: number; predictions: number }[]) =>
      groups.reduce(
        ([p, w, one, other], group) => [
          p! + group.predictions,
          w! + group.waiting,
          one! + group.positives,
          other! + group.others,
        ],
        [0, 0, 0, 0],
      );
    expect(all!.slice).toBe('all');
    expect(sum(all!.flow.followed.groups)).toEqual([4, 2, 1, 1]);
    expect(sum(all!.flow.arrived.groups)).toEqual([4, 0, 0, 2]);
    expect(all!.flow.followed.sources).toEqual(expect.arrayContaining([{ value: 'dispute', count: 1 }]));
    expect(all!.flow.arrived.sources).toEqual([{ value: 'bank', count: 2 }]);
  });
});

describe('budgets of a model', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('count wrong declines and late labels when they become known, stale scores and slow predictions when they come', async () => {
    const { writer, reader } = opened.store;
    const at = T - 10 * HOUR;
    await writer.insert('predictions', [
      prediction('a', at, { score: 0.9 }),
      prediction('b', at, { score: 0.8 }),
      prediction('c', at, { score: 0.1 }),
      { ...prediction('d', T - HOUR, { score: 0.1 }), received_at: sql(T - 60_000) },
      prediction('e', T - 10 * 60_000, { score: 0.2 }),
    ]);
    await writer.insert('labels', [
      label('a', '0', T - 3 * 60_000),
      label('b', '1', T - 20 * 60_000),
      label('c', '0', T - 20 * 60_000),
      label('d', '0', T - 50 * 60_000),
    ]);
    await writer.insert('prediction_minutes', [
      {
        model: 'm',
        version: 'v1',
        slice: 'all',
        kind: 'latency',
        name: '',
        bucket: sql(T - 2 * 60_000).slice(0, 19),
        count: 10,
        missing: 1,
        numbers: { [binCode(10)]: 7, [binCode(900)]: 2 },
      },
    ]);
    const budget = (of: ModelBudget['of'], within = HOUR): ModelBudget => ({ of, objective: 0.9, within });
    const read = await readModelBudgets(
      reader,
      'm',
      {
        ...modelSettings.parse({}),
        budgets: {
          declines: budget('wrong_declines'),
          labels: budget('late_labels'),
          scores: budget('stale_scores', 30 * 60_000),
          slow: budget('slow_predictions', 250),
        },
      },
      T,
    );
    const totals = read.map(({ name, series }) => [
      name,
      series.points.map(({ from, to, total, bad }) => [(T - from) / 60_000, (T - to) / 60_000, total, bad]),
    ]);
    expect(totals).toEqual([
      [
        'declines',
        [
          [30, 5, 1, 0],
          [5, 0, 1, 1],
        ],
      ],
      [
        'labels',
        [
          [60, 30, 1, 0],
          [30, 5, 2, 2],
          [5, 0, 1, 1],
        ],
      ],
      [
        'scores',
        [
          [1440, 360, 3, 0],
          [30, 5, 1, 0],
          [5, 0, 1, 1],
        ],
      ],
      ['slow', [[5, 0, 9, 2]]],
    ]);
    expect(read[0]!.series).toMatchObject({ objective: 0.9, events: 'labels of declined predictions' });
  });

  it('take what was decided before the threshold, and the first word of a label, not a later one, for its coming', async () => {
    const { writer, reader } = opened.store;
    const at = T - 41 * HOUR;
    const own = (id: string, more: object) => ({ ...prediction(id, at, more), model: 'revised' });
    await writer.insert('predictions', [
      own('r-let', { score: 0.9, decision: 'approve' }),
      own('r-stopped', { score: 0.1, decision: 'Decline' }),
    ]);
    const later = T - 20 * 60_000;
    await writer.insert('labels', [
      label('r-let', '0', at + 10 * 60_000),
      label('r-let', '0', later, 'dispute'),
      label('r-stopped', '1', at + 10 * 60_000),
      label('r-stopped', '0', later, 'dispute'),
    ]);
    const budgets = {
      declines: { of: 'wrong_declines', objective: 0.9, within: HOUR },
      labels: { of: 'late_labels', objective: 0.9, within: HOUR },
    } as const;
    const read = await readModelBudgets(reader, 'revised', { ...modelSettings.parse({}), budgets }, T);
    expect(read.map(({ series }) => series.points.map(({ total, bad }) => [total, bad]))).toEqual([[[1, 1]], [[2, 0]]]);
  });
});
