import { describe, expect, it } from 'vitest';
import { gapProbability, largestGap, noiseGap } from '../../../detectors/maths/kolmogorov-smirnov.ts';
import { golden } from '../golden.ts';
import { binsOf, pointsOf } from '../samples.ts';

describe('Kolmogorov-Smirnov', () => {
  it.each(golden.two_sample)('of raw samples is the distance that SciPy finds: $name', ({ reference, window, ks }) => {
    expect(largestGap(pointsOf(reference), pointsOf(window)).distance).toBeCloseTo(ks.d, 12);
  });

  it.each(golden.two_sample.filter(({ window }) => window.length >= 20))(
    'gives a probability near the one of SciPy, whose distribution is that of finite samples: $name',
    ({ reference, window, ks }) => {
      const p = gapProbability(ks.d, window.length, reference.length);
      expect(Math.abs(p - ks.p_asymptotic)).toBeLessThanOrEqual(0.15 * ks.p_asymptotic + 1e-6);
    },
  );

  it.each(golden.two_sample)('of binned values is at most the exact distance, and near it: $name', (sample) => {
    const binned = largestGap(binsOf(sample.reference), binsOf(sample.window)).distance;
    expect(binned).toBeLessThanOrEqual(sample.ks.d + 1e-12);
    expect(binned).toBeGreaterThan(sample.ks.d - 0.02 - 1 / sample.window.length);
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
