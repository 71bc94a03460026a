import { describe, expect, it } from 'vitest';
import { latencyShift } from '../../../detectors/all.ts';
import { Bins } from '../../../detectors/maths/bins.ts';
import { quantileInterval } from '../../../detectors/maths/quantile-interval.ts';
import { ratioInterval } from '../../../detectors/maths/combine-intervals.ts';
import type { Durations } from '../../../detectors/terms.ts';
import { defaultsOf, normal, randomFrom, times } from '../samples.ts';

/** Durations as bins of one value each. */
function durationsOf(values: readonly number[]): Durations {
  const bins = Bins.of(
    values.toSorted((one, other) => one - other).map((value) => ({ low: value, high: value, count: 1 })),
  );
  return { count: values.length, errors: 0, bins };
}

describe('growth of latency', () => {
  it('says how many durations are missing, in window and reference', () => {
    const settings = { ...defaultsOf(latencyShift), minimum_count: 1 };
    const some = (count: number): Durations => durationsOf(times(count, (at) => 10 + at / count));
    const judge = (reference: number, window: number) => latencyShift.judge(some(reference), some(window), settings);
    const both = judge(5, 8);
    expect(both).toMatchObject({ state: 'insufficient' });
    const [, window = 0, reference = 0] =
      /^too few durations lie above any quantile: (\d+) more in the window and (\d+) more in the reference are needed$/
        .exec(both.reason)!
        .map(Number);
    expect(judge(5 + reference, 8 + window).state).toBe('pass');
    expect(judge(5 + reference - 1, 8 + window - 1).state).toBe('insufficient');
    const short = judge(5, 5000);
    const [, more = 0] = /: (\d+) more in the reference are needed$/.exec(short.reason)!.map(Number);
    expect(judge(5 + more, 5000).state).toBe('pass');
    expect(judge(5 + more - 1, 5000).state).toBe('insufficient');
  });

  it('has an interval that holds the true ratio of the medians, about 95 times of a hundred', () => {
    const next = randomFrom(11);
    const settings = { ...defaultsOf(latencyShift), limit: 1.05, least_growth: 0, chance: 0.1 };
    let [held, judged] = [0, 0];
    for (let round = 0; round < 400; round++) {
      const draw = (median: number) => durationsOf(times(500, () => median * Math.exp(0.5 * normal(next))));
      const { interval, details } = latencyShift.judge(draw(40), draw(120), settings);
      expect(interval).toBeDefined();
      judged++;
      // Whichever quantile is told, all of them grew threefold.
      expect(['p50', 'p95', 'p99']).toContain(details?.['quantile']);
      if (interval![0] <= 3 && 3 <= interval![1]) held++;
    }
    expect(held / judged).toBeGreaterThan(0.9);
    expect(held / judged).toBeLessThanOrEqual(1);
  });
});

describe('the interval of a quantile', () => {
  it('is that of the ranks around it', () => {
    const values = Bins.of(times(100, (at) => ({ low: at + 1, high: at + 1, count: 1 })));
    // 50 less and more 1.96 times 5: the 41st and the 60th, as in tables of order statistics.
    expect(quantileInterval(values, 0.5)).toEqual([41, 60]);
    expect(quantileInterval(values, 0.99)[1]).toBe(100);
  });

  it('combines with another as a ratio: logarithms of both add up in squares', () => {
    const one = { value: 4, interval: [2, 8] as const };
    const [low, high] = ratioInterval(one, { value: 1, interval: [0.5, 2] });
    expect(low).toBeCloseTo(4 * 2 ** -Math.SQRT2, 12);
    expect(high).toBeCloseTo(4 * 2 ** Math.SQRT2, 12);
    expect(ratioInterval(one, { value: 1, interval: [0, 2] })[1]).toBe(Infinity);
  });
});
