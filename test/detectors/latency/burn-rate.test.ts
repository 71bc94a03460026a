import { describe, expect, it } from 'vitest';
import { burnRate } from '../../../detectors/all.ts';
import type { BudgetPoint, BudgetSeries } from '../../../detectors/terms.ts';
import { defaultsOf } from '../samples.ts';

const MINUTE = 60_000;
const DAY = 1440;
const asOf = 10 * DAY * MINUTE;

/** Points of five minutes over the last `minutes`, with `bad` of a thousand requests a minute by age in minutes. */
function judge(minutes: number, bad: (age: number) => number, settings: { readonly objective?: number } = {}) {
  const points: BudgetPoint[] = [];
  for (let age = minutes; age > 0; age -= 5) {
    const from = asOf - age * MINUTE;
    points.push({ from, to: from + 5 * MINUTE, total: 5000, bad: 5 * bad(age) });
  }
  return burnRate.judge(null, { asOf, points }, { ...defaultsOf(burnRate), ...settings });
}

/** An hour in which `bad` of a hundred requests broke the objective. */
function hour(bad: number): BudgetSeries {
  return {
    asOf,
    points: [
      { from: asOf - 60 * MINUTE, to: asOf - 5 * MINUTE, total: 90, bad: 0.9 * bad },
      { from: asOf - 5 * MINUTE, to: asOf, total: 10, bad: 0.1 * bad },
    ],
  };
}

describe('burn rate', () => {
  it('pages when an hour and the last five minutes burn faster than 14.4x', () => {
    const judgement = judge(4 * DAY, (age) => (age <= 60 ? 150 : 0));
    expect(judgement).toMatchObject({ state: 'fail', limit: 14.4, details: { windows: '1 h and 5 min' } });
    expect(judgement.statistic).toBeCloseTo(15, 12);
    expect(judgement.reason).toBe(
      'over 1 h and 5 min, 9,000 of 60,000 requests (15 %) broke the objective; the burn rate is 15x (95 % interval 14x to 15.3x), above the limit of 14.4x',
    );
  });

  it('does not page for what is over: the short window has calmed down', () => {
    expect(judge(4 * DAY, (age) => (age <= 60 && age > 5 ? 150 : 0)).state).toBe('pass');
  });

  it.each([
    [6, 7, 360, '6 h and 30 min'],
    [3, 4, DAY, '1 d and 2 h'],
    [1, 1.5, 3 * DAY, '3 d and 6 h'],
  ])('fails above %dx when %dx is burnt for %d minutes', (factor, burn, minutes, windows) => {
    const judgement = judge(4 * DAY, (age) => (age <= minutes ? 10 * burn : 0));
    expect(judgement).toMatchObject({ state: 'fail', details: { windows } });
    expect(judgement.statistic).toBeCloseTo(burn, 12);
    expect(judgement.limit).toBeGreaterThanOrEqual(factor);
    expect(judgement.limit).toBeLessThan(factor * 1.2);
  });

  it('passes when the objective just holds for three days', () => {
    expect(judge(4 * DAY, () => 10)).toMatchObject({ state: 'pass' });
  });

  it('counts time that was not watched as good, which may fail but cannot pass', () => {
    expect(judge(10, () => 1000)).toMatchObject({ state: 'fail', details: { windows: '1 h and 5 min' } });
    expect(judge(10, () => 120).state).toBe('insufficient');
    expect(judge(10, () => 0).reason).toBe(
      'requests have been counted for less than an hour, the shortest window: 50 more minutes are needed',
    );
    expect(judge(60, () => 120).state).toBe('pass');
    expect(judge(60, () => 0).state).toBe('pass');
  });

  it('is insufficient when nothing happens any more, or hardly anything', () => {
    const point = { from: asOf - 120 * MINUTE, to: asOf - 110 * MINUTE, total: 5000, bad: 5000 };
    const settings = defaultsOf(burnRate);
    expect(burnRate.judge(null, { asOf, points: [point] }, settings)).toMatchObject({
      state: 'fail',
      details: { windows: '1 d and 2 h' },
    });
    const old = { ...point, from: asOf - 3 * DAY * MINUTE, to: asOf - 2 * DAY * MINUTE };
    expect(burnRate.judge(null, { asOf, points: [old] }, settings)).toMatchObject({
      state: 'insufficient',
      reason: 'too few requests in any pair of windows to tell a burn rate: 1 more is needed in the last 6 h',
    });
    const few = [
      { from: asOf - 4000 * MINUTE, to: asOf - 3990 * MINUTE, total: 150, bad: 0 },
      { from: asOf - 20 * MINUTE, to: asOf - 10 * MINUTE, total: 60, bad: 0 },
    ];
    // Over three days there are enough, which have not been watched whole.
    expect(burnRate.judge(null, { asOf, points: few }, settings)).toMatchObject({
      state: 'insufficient',
      reason:
        'requests have been counted for less than 3 d, the shortest window that holds enough: 320 more minutes are needed',
    });
    const ancient = { ...point, from: asOf - 5 * DAY * MINUTE, to: asOf - 4 * DAY * MINUTE };
    expect(burnRate.judge(null, { asOf, points: [ancient] }, settings)).toMatchObject({
      state: 'insufficient',
      reason: 'the window holds no requests, 100 more are needed',
    });
  });

  it('does not call a few bad requests of a hundred a burn', () => {
    const settings = { ...defaultsOf(burnRate), objective: 0.999 };
    expect(burnRate.judge(null, hour(5), settings)).toMatchObject({ state: 'pass', statistic: expect.closeTo(50, 6) });
    expect(burnRate.judge(null, hour(20), settings)).toMatchObject({ state: 'fail', limit: expect.closeTo(59, -1) });
  });

  it('takes another objective', () => {
    expect(judge(4 * DAY, () => 5).state).toBe('pass');
    expect(judge(4 * DAY, () => 5, { objective: 0.999 })).toMatchObject({ state: 'fail' });
  });
});

describe('burn rate of a budget that a model declares', () => {
  const stretch = (from: number, to: number, total: number, bad: number) => ({
    from: asOf - from * MINUTE,
    to: asOf - to * MINUTE,
    total,
    bad,
  });

  it('is held to the objective of its own, and says what was counted and how urgent it is', () => {
    const series = {
      asOf,
      objective: 0.5,
      events: 'labels',
      bad: 'came late',
      points: [stretch(4320, 60, 90_000, 900), stretch(60, 5, 900, 850), stretch(5, 0, 100, 96)],
    };
    const settings = defaultsOf(burnRate);
    expect(burnRate.judge(null, series, settings)).toMatchObject({ state: 'pass' });
    const declared = { ...series, objective: 0.95 };
    expect(burnRate.judge(null, declared, settings)).toMatchObject({
      state: 'fail',
      reason: expect.stringContaining('946 of 1,000 labels (94.6 %) came late'),
      details: { severity: 'page', objective: 0.95 },
    });
  });
});
