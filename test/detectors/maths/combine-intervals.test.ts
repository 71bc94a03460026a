import { describe, expect, it } from 'vitest';
import { wilsonInterval } from '../../../detectors/maths/binomial.ts';
import { differenceInterval, ratioInterval } from '../../../detectors/maths/combine-intervals.ts';

const share = (hits: number, of: number) => ({ value: hits / of, interval: wilsonInterval(hits, of) });

describe('intervals of two estimates together', () => {
  it('are those that Newcombe (1998, table II, method 10) gives for differences of shares', () => {
    const rounded = (...of: [number, number, number, number]): number[] =>
      differenceInterval(share(of[0], of[1]), share(of[2], of[3])).map((bound) => Number(bound.toFixed(4)));
    expect(rounded(56, 70, 48, 80)).toEqual([0.0524, 0.3339]);
    expect(rounded(9, 10, 3, 10)).toEqual([0.1705, 0.809]);
    expect(rounded(10, 10, 0, 10)).toEqual([0.6075, 1]);
  });

  it('of a ratio lie around it, and are those of the other way round turned over', () => {
    const [one, other] = [share(56, 70), share(48, 80)];
    const [low, high] = ratioInterval(one, other);
    expect(low).toBeLessThan(one.value / other.value);
    expect(high).toBeGreaterThan(one.value / other.value);
    const turned = ratioInterval(other, one);
    expect([1 / turned[1], 1 / turned[0]].map((bound) => bound.toFixed(12))).toEqual([
      low.toFixed(12),
      high.toFixed(12),
    ]);
  });
});
