import { describe, expect, it } from 'vitest';
import { gapProbability, largestGap, largestGapAtMost, noiseGap } from '../../../detectors/maths/kolmogorov-smirnov.ts';
import { Bins } from '../../../detectors/maths/bins.ts';
import { golden } from '../golden.ts';
import { binsOf, pointsOf } from '../samples.ts';

describe('Kolmogorov-Smirnov', () => {
  it.each(golden.two_sample)('of raw samples is the distance that SciPy finds: $name', ({ reference, window, ks }) => {
    expect(largestGap(pointsOf(reference), pointsOf(window)).distance).toBeCloseTo(ks.d, 12);
  });

  it.each(golden.two_sample)(
    'gives a probability near the one of SciPy, whose distribution is that of finite samples: $name',
    ({ reference, window, ks }) => {
      const p = gapProbability(ks.d, window.length, reference.length);
      // Four values are too few for any limiting distribution: the detector asks for 200.
      const near = window.length < 20 ? 0.3 : 0.15;
      expect(Math.abs(p - ks.p_asymptotic)).toBeLessThanOrEqual(near * ks.p_asymptotic + 1e-6);
    },
  );

  it.each(golden.two_sample)('of binned values is at most the exact distance, and near it: $name', (sample) => {
    const binned = largestGap(binsOf(sample.reference), binsOf(sample.window)).distance;
    expect(binned).toBeLessThanOrEqual(sample.ks.d + 1e-12);
    expect(binned).toBeGreaterThan(sample.ks.d - 0.02 - 1 / sample.window.length);
  });

  it.each(golden.two_sample)('says how large the exact distance can be at most: $name', ({ reference, window, ks }) => {
    // Also of bins so wide that the distance at their edges is far too small.
    const wide = (values: readonly number[]): Bins => {
      const counts = new Map<number, number>();
      for (const value of values) counts.set(Math.floor(value), (counts.get(Math.floor(value)) ?? 0) + 1);
      const ascending = [...counts].toSorted(([one], [other]) => one - other);
      return Bins.of(ascending.map(([low, count]) => ({ low, high: low + 1, count })));
    };
    for (const [one, other] of [
      [binsOf(reference), binsOf(window)],
      [wide(reference), wide(window)],
    ] as const) {
      const most = largestGapAtMost(one, other);
      const fullest = Math.max(...[one, other].flatMap((bins) => [...bins].map(({ count }) => count / bins.total)));
      expect(most).toBeGreaterThanOrEqual(ks.d - 1e-12);
      expect(most).toBeLessThanOrEqual(largestGap(one, other).distance + fullest + 1e-12);
    }
    expect(largestGapAtMost(pointsOf(reference), pointsOf(window))).toBeCloseTo(ks.d, 12);
  });

  it('is at most 1 within one bin, where all values of one side may come first', () => {
    const bin = Bins.of([{ low: 0, high: 1, count: 5 }]);
    expect(largestGap(bin, bin).distance).toBe(0);
    expect(largestGapAtMost(bin, bin)).toBe(1);
  });

  it('is 1 for samples that do not overlap, 0 for equal ones, and says where', () => {
    expect(largestGap(pointsOf([1, 2, 3]), pointsOf([4, 5]))).toMatchObject({ distance: 1, at: 3 });
    expect(largestGap(pointsOf([1, 2, 2]), pointsOf([1, 2, 2])).distance).toBe(0);
    expect(largestGap(pointsOf([1, 2, 3, 4]), pointsOf([1, 4, 4, 4]))).toMatchObject({
      distance: 0.5,
      at: 3,
      referenceShare: 0.75,
      windowShare: 0.25,
    });
  });

  it('finds the distance back that noise passes with a chance', () => {
    expect(gapProbability(noiseGap(1e-8, 200, 20_000), 200, 20_000)).toBeCloseTo(1e-8, 15);
    expect(noiseGap(1e-8, 200, 20_000)).toBeGreaterThan(noiseGap(1e-8, 20_000, 20_000));
  });
});
