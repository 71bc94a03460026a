import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankCorrelation, rankCorrelationInTurns } from '../../shadow/rank-correlation.ts';

const of = (first: readonly number[], second: readonly number[]): number | null =>
  rankCorrelation(Float64Array.from(first), Float64Array.from(second));

describe('rank correlation', () => {
  it('gives equal values the mean of their ranks', () => {
    // Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: 4.5 / sqrt(4.5 * 5).
    expect(of([1, 2, 2, 3], [10, 30, 20, 40])).toBeCloseTo(0.9486832981, 10);
    expect(of([0, -0, 1, 2], [5, 5, 6, 7])).toBeCloseTo(1, 12);
  });

  it('is not known of one pair, or where one side is all the same', () => {
    expect(of([], [])).toBeNull();
    expect(of([1], [2])).toBeNull();
    expect(of([1, 2, 3], [7, 7, 7])).toBeNull();
  });

  it('of pairs that stand for several is that of so many pairs', () => {
    const [a, b, times] = [
      [1, 2, 2, 3],
      [10, 30, 20, 40],
      [3, 1, 2, 4],
    ];
    const repeated = (values: readonly number[]) =>
      values.flatMap((value, at) => Array.from({ length: times[at] ?? 0 }, () => value));
    const weighted = rankCorrelation(Float64Array.from(a), Float64Array.from(b), Float64Array.from(times));
    expect(weighted).toBeCloseTo(of(repeated(a), repeated(b)) ?? Number.NaN, 12);
    expect(weighted).not.toBeCloseTo(of(a, b) ?? Number.NaN, 3);
  });

  it('is that of the ranks as counted one by one', () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.double({ min: -1, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 2, maxLength: 40 }), (pairs) => {
        const [a, b] = [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
        const rank = (values: readonly number[]) => {
          const middle = (values.length + 1) / 2;
          return values.map(
            (value) =>
              values.filter((one) => one < value).length +
              (values.filter((one) => one === value).length + 1) / 2 -
              middle,
          );
        };
        const dot = (x: readonly number[], y: readonly number[]) =>
          x.reduce((sum, one, at) => sum + one * (y[at] ?? 0), 0);
        const [x, y] = [rank(a), rank(b)];
        const found = of(a, b);
        if (dot(x, x) === 0 || dot(y, y) === 0) expect(found).toBeNull();
        else expect(found).toBeCloseTo(dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)), 10);
      }),
    );
  });

  it('is the same when others are served meanwhile', async () => {
    const first = Float64Array.from({ length: 40_000 }, (_, at) => Math.round(Math.sin(at) * 1000));
    const second = first.map((value, at) => value + Math.cos(at) * 900);
    let turns = 0;
    const others = setInterval(() => turns++);
    const found = await rankCorrelationInTurns(first, second);
    clearInterval(others);
    expect(found).toBe(rankCorrelation(first, second));
    expect(turns).toBeGreaterThan(1);
  });
});
