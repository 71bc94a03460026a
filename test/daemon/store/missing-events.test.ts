import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/config/config.ts';
import { readModelBudgets } from '../../../daemon/store/model-budgets.ts';
import { silencesIn } from '../../../daemon/store/silent-scores.ts';
import { burnRate } from '../../../detectors/all.ts';
import type { Judgement } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { defaultsOf } from '../../detectors/samples.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Wednesday, noon. */
const T = Date.UTC(2026, 10, 18, 12);
const sql = (at: number): string => new Date(at).toISOString().replace('T', ' ').slice(0, 23);

let opened: Awaited<ReturnType<typeof temporaryStore>>;
beforeAll(async () => {
  opened = await temporaryStore();
});
afterAll(async () => {
  await opened.remove();
});

async function judgeBudget(model: string, given: object, asOf: number): Promise<Judgement> {
  const settings = modelSettings.parse(given);
  const [read] = await readModelBudgets(opened.store.reader, model, settings, asOf);
  return burnRate.judge(null, read!.series, { ...defaultsOf(burnRate), objective: settings.objective });
}

describe('labels that do not come', () => {
  const MATURITY = 5 * DAY;
  const settings = {
    label_maturity: '5d',
    observed_decisions: ['approve'],
    budgets: { 'labels in time': { of: 'late_labels', objective: 0.95, within: '1d' } },
  };
  const asOf = T;

  beforeAll(async () => {
    const { writer } = opened.store;
    const made = (hour: number): number => asOf - MATURITY - (80 - hour) * HOUR;
    const ids = (model: string, isLabelled: (hour: number) => boolean) =>
      Array.from({ length: 80 * 60 }, (_, at) => ({ id: `${model} ${at}`, hour: at / 60 })).map((one) => ({
        ...one,
        model,
        isLabelled: isLabelled(one.hour),
      }));
    // The feed of labels of one model stopped when predictions that are due since six hours were still to be labelled.
    const all = [...ids('fed', () => true), ...ids('starved', (hour) => hour < 74)];
    await writer.insert(
      'predictions',
      all.flatMap(({ id, hour, model }) =>
        ['approve', 'decline'].map((decision) => ({
          model,
          version: 'v1',
          role: 'control',
          prediction_id: `${id} ${decision}`,
          timestamp: sql(made(hour)),
          received_at: sql(made(hour)),
          score: 0.1,
          decision,
          segment: 1,
        })),
      ),
    );
    await writer.insert(
      'labels',
      all
        .filter(({ isLabelled }) => isLabelled)
        .map(({ id, hour }) => ({
          prediction_id: `${id} approve`,
          label: '0',
          timestamp: sql(made(hour) + 10 * HOUR),
          source: 'bank',
          received_at: sql(made(hour) + 10 * HOUR),
          segment: 1,
        })),
    );
  });

  it('burn their budget once they are overdue, of predictions whose outcome can be seen', async () => {
    const judgement = await judgeBudget('starved', settings, asOf);
    expect(judgement).toMatchObject({ state: 'fail', details: { severity: 'page' } });
    expect(judgement.reason).toMatch(/^over .*, \d+ of \d+ labels \(100 %\) came late, or not at all; /);
    expect((await judgeBudget('fed', settings, asOf)).state).not.toBe('fail');
  });

  it('are counted at maturity once, though they come in the end', async () => {
    const read = (now: number) =>
      readModelBudgets(opened.store.reader, 'starved', modelSettings.parse(settings), now).then(([one]) => one!.series);
    const before = await read(asOf);
    const due = before.points.reduce((sum, { bad }) => sum + bad, 0);
    expect(due).toBe(6 * 60);
    await opened.store.writer.insert('labels', [
      {
        prediction_id: `starved ${79 * 60} approve`,
        label: '0',
        timestamp: sql(asOf - 10 * MINUTE),
        source: 'bank',
        received_at: sql(asOf),
        segment: 1,
      },
    ]);
    const after = await read(asOf);
    expect(after.points.reduce((sum, { bad }) => sum + bad, 0)).toBe(due);
  });

  it('are none where the silence of labels is one', async () => {
    const judgement = await judgeBudget('starved', { ...settings, unlabelled: 'negative' }, asOf);
    expect(judgement.state).not.toBe('fail');
  });
});

describe('predictions that are not made', () => {
  const settings = { budgets: { 'fresh scores': { of: 'stale_scores', objective: 0.99, within: '10m' } } };

  /** Minutes of three weeks and a half up to T with traffic; none at night, from 22:00 to 6:00. */
  const isDay = (at: number): boolean => new Date(at).getUTCHours() >= 6 && new Date(at).getUTCHours() < 22;
  async function insert(model: string, from: number, isOn: (at: number) => boolean): Promise<void> {
    const minutes = Array.from({ length: (T + 2 * DAY - from) / MINUTE }, (_, at) => from + at * MINUTE);
    await opened.store.writer.insert(
      'prediction_minutes',
      minutes.filter(isOn).map((at) => ({
        model,
        version: 'v1',
        slice: 'all',
        kind: 'score',
        name: '',
        bucket: sql(at).slice(0, 19),
        count: 10,
        missing: 0,
        numbers: {},
        categories: {},
      })),
    );
  }
  beforeAll(async () => {
    await insert('steady', T - 25 * DAY, isDay);
    await insert('stopped', T - 25 * DAY, (at) => isDay(at) && at < T);
    await insert('young', T - 6 * HOUR, (at) => at < T);
  });

  it('burn their budget within two hours after a model fell silent, and go on to', async () => {
    for (const later of [45 * MINUTE, 2 * HOUR, 26 * HOUR, 47 * HOUR]) {
      const judgement = await judgeBudget('stopped', settings, T + later);
      expect([later, judgement.state]).toEqual([later, 'fail']);
      expect(judgement.reason).toContain('predictions');
      expect(judgement.reason).toContain('were received late, or never made');
    }
    expect((await judgeBudget('young', settings, T + HOUR)).state).toBe('fail');
  });

  it('burn nothing at night, nor in a silence as long as is allowed, in any hour of two days', async () => {
    for (let hour = 0; hour < 48; hour++)
      expect([hour, (await judgeBudget('steady', settings, T + hour * HOUR)).state]).not.toEqual([hour, 'fail']);
    const [read] = await readModelBudgets(
      opened.store.reader,
      'stopped',
      modelSettings.parse(settings),
      T + 10 * MINUTE,
    );
    expect(read!.series.points).toEqual([]);
  });

  it('are as many as came at the same time of the last week before the silence, of a younger model of the last day', () => {
    const [week, day] = [7 * DAY, DAY];
    const gap = { last: T - 9 * day - MINUTE, next: T };
    const of = (first: number) => silencesIn({ first, gaps: [gap] }, 10 * MINUTE, T);
    // The newest three days of nine; two weeks ago is before they began.
    expect(of(0).reduce((sum, { from, to }) => sum + to - from, 0)).toBe(3 * day);
    expect(of(0).map(({ from, usual }) => (from - usual!.from) / week)).toEqual(Array.from({ length: 7 }, () => 2));
    expect(of(T - 12 * day).map(({ from, usual }) => (from - usual!.from) / day)).toEqual([9, 9, 9, 9, 9, 9, 8]);
    expect(of(gap.last).every(({ usual }) => usual === null)).toBe(true);
    expect(silencesIn({ first: 0, gaps: [{ last: T - 11 * MINUTE, next: T }] }, 10 * MINUTE, T)).toEqual([]);
  });
});
