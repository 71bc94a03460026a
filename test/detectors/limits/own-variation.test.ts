import { mean as average } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { chanceOfSeries, chanceOfWindow } from '../../../detectors/limits/alarm-budget.ts';
import { chanceFrom, expectNext, limitFrom, type OwnVariation } from '../../../detectors/limits/own-variation.ts';
import { chiSquareQuantile, studentQuantile, studentSurvival } from '../../../detectors/maths/special.ts';
import { normal, randomFrom, times } from '../samples.ts';

const HOUR = 3_600_000;
/** A Monday, 00:00. */
const MONDAY = Date.UTC(2026, 10, 23);

const chunks = (statistics: readonly (number | null)[]): OwnVariation => ({
  from: MONDAY,
  chunkMs: HOUR,
  statistics,
  usualCount: 1000,
});

describe("Student's distribution", () => {
  it('has the tails that SciPy gives', () => {
    expect(studentQuantile(3e-4, 23)).toBeCloseTo(3.974033236887513, 9);
    expect(studentQuantile(1e-6, 7)).toBeCloseTo(14.241469651981445, 7);
    expect(studentQuantile(0.025, 671)).toBeCloseTo(1.9635056884423976, 9);
    expect(studentSurvival(6.5, 23) / 6.206864037283896e-7).toBeCloseTo(1, 9);
    expect(studentSurvival(-1, 5)).toBeCloseTo(0.8183912661754386, 12);
    expect(studentSurvival(40, 5) / 9.205981085886477e-8).toBeCloseTo(1, 9);
  });
});

describe('the limit that a reference sets by its own variation', () => {
  const statistics = [0.02, 0.03, 0.025, 0.04, 0.022, 0.035, 0.028, 0.031, 0.027, 0.05];

  it('is the quantile of a log-normal next chunk (SciPy: t, 9 degrees of freedom)', () => {
    const expected = expectNext(chunks(statistics), MONDAY + 10 * HOUR, 0.01)!;
    expect(expected).toMatchObject({ degrees: 9, season: 'none' });
    // Ten hours are no week: twice what SciPy gives.
    expect(limitFrom(expected, 1e-4)).toBeCloseTo(2 * 0.20492415706350733, 9);
    expect(chanceFrom(expected, 2 * 0.2)).toBeCloseTo(0.00011096196939796161, 10);
    expect(chanceFrom(expected, limitFrom(expected, 1e-5)) / 1e-5).toBeCloseTo(1, 6);
  });

  it('is twice as far where the chunks have seen no whole week', () => {
    const limitOf = (chunkMs: number): number =>
      limitFrom(expectNext({ ...chunks(statistics), chunkMs }, MONDAY, 0.01)!, 1e-4);
    // Ten chunks of 30 hours are more than a week, and none stands twice at the same time of it.
    expect(limitOf(HOUR) / limitOf(30 * HOUR)).toBeCloseTo(2, 9);
    expect(limitOf(17 * HOUR) / limitOf(16 * HOUR)).toBeLessThan(1);
  });

  it('cannot be told from fewer than eight chunks with data', () => {
    expect(expectNext(chunks(statistics.slice(0, 7)), MONDAY, 0.01)).toBeUndefined();
    expect(expectNext(chunks([...statistics.slice(0, 7), null, NaN]), MONDAY, 0.01)).toBeUndefined();
    expect(expectNext(chunks([...statistics.slice(0, 7), null, 0.03]), MONDAY, 0.01)).toBeDefined();
  });

  it('lies below the floor when no chunk came near it, and a value above the floor is then very unlikely', () => {
    const expected = expectNext(chunks(times(168, () => 0)), MONDAY, 0.1)!;
    expect(limitFrom(expected, 1e-6)).toBeLessThan(0.1);
    expect(chanceFrom(expected, 0.1)).toBeLessThan(1e-8);
    expect(chanceFrom(expected, 0)).toBeGreaterThan(0.4);
  });

  it('follows the hour of the day, or of the week, where that is what the chunks do', () => {
    const random = randomFrom(3);
    const noisy = (mean: number): number => mean * Math.exp(0.2 * normal(random));
    const isNight = (hour: number): boolean => hour % 24 < 6;
    const isSunday = (hour: number): boolean => Math.floor(hour / 24) % 7 === 6;
    const daily = chunks(times(14 * 24, (hour) => noisy(isNight(hour) ? 0.3 : 0.02)));
    const at = (hours: number): number => limitFrom(expectNext(daily, MONDAY + (14 * 24 + hours) * HOUR, 0.01)!, 1e-5);
    expect(expectNext(daily, MONDAY, 0.01)!.season).toBe('day');
    expect(at(3) / 0.3).toBeLessThan(4);
    expect(at(12) / 0.02).toBeLessThan(4);
    const weekly = chunks(times(28 * 24, (hour) => noisy(isSunday(hour) ? 0.3 : 0.02)));
    const wide = (days: number): number => limitFrom(expectNext(weekly, MONDAY + (28 + days) * 24 * HOUR, 0.01)!, 1e-5);
    expect(expectNext(weekly, MONDAY, 0.01)!.season).toBe('week');
    expect(wide(6)).toBeGreaterThan(0.3);
    expect(wide(2)).toBeLessThan(0.1);
    const none = chunks(times(28 * 24, () => noisy(0.02)));
    expect(expectNext(none, MONDAY, 0.001)!.season).toBe('none');
  });

  it('is no lower than noise reaches at night, when most chunks lie far below the floor', () => {
    const random = randomFrom(5);
    // PSI of ten groups by noise alone: chi-square with 9 degrees of freedom over the records of the hour.
    const recordsAt = (hour: number): number => (hour % 24 < 8 ? 500 : 2000);
    const draw = (hour: number): number =>
      times(9, () => normal(random) ** 2).reduce((sum, square) => sum + square, 0) / recordsAt(hour);
    const limits = times(40, () =>
      limitFrom(expectNext(chunks(times(14 * 24, draw)), MONDAY + 14 * 24 * HOUR, 0.1)!, 1e-6),
    );
    const known = chiSquareQuantile(1e-6, 9) / recordsAt(0);
    expect(average(limits) / known).toBeGreaterThan(0.95);
    expect(average(limits) / known).toBeLessThan(1.5);
  });

  it.each([
    ['24 chunks of a day', 24],
    ['8 chunks', 8],
  ])('is passed as rarely as promised by the next chunk: %s', (_, count) => {
    const random = randomFrom(count);
    const draw = (): number => 0.05 * Math.exp(0.6 * normal(random));
    const runs = 20_000;
    let passed = 0;
    for (let run = 0; run < runs; run++) {
      const expected = expectNext(chunks(times(count, draw)), MONDAY, 0.001)!;
      // As many hours are no week, for which as much again is allowed.
      if (2 * draw() > limitFrom(expected, 0.01)) passed++;
    }
    // The correction for a chunk being part of its reference makes it rarer, the more the fewer there are.
    expect(passed / runs).toBeLessThan(0.0115);
    expect(passed / runs).toBeGreaterThan(0.003);
  });
});

describe('the false-alarm budget', () => {
  it('is shared by traffic, accuracy and series, each with a half for windows as they close and a half for all looks at open ones', () => {
    const hour = 3_600_000;
    const week = 168 * chanceOfWindow(0.1, hour, true);
    const ofAccuracy = 7 * chanceOfWindow(0.1, 24 * hour, true, 'accuracy');
    expect(2 * (week + ofAccuracy + chanceOfSeries(week))).toBeCloseTo(0.1, 12);
    expect(chanceOfWindow(0.1, hour, false)).toBeLessThan(chanceOfWindow(0.1, hour, true) / 4);
    expect(chanceOfWindow(0.1, 24 * hour, true)).toBeCloseTo(24 * chanceOfWindow(0.1, hour, true), 12);
    expect(chanceOfWindow(1000, 7 * 24 * hour, true)).toBe(0.1);
  });
});
