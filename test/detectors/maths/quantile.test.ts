import { describe, expect, it } from 'vitest';
import { Bins } from '../../../detectors/maths/bins.ts';
import { quantile } from '../../../detectors/maths/quantile.ts';
import { binsOf, normal, randomFrom, times } from '../samples.ts';

describe('quantile of bins', () => {
  it('is linear within its bin', () => {
    const bins = Bins.of([
      { low: 0, high: 10, count: 10 },
      { low: 10, high: 20, count: 30 },
    ]);
    expect(quantile(bins, 0)).toBe(0);
    expect(quantile(bins, 0.125)).toBe(5);
    expect(quantile(bins, 0.25)).toBe(10);
    expect(quantile(bins, 0.5)).toBeCloseTo(10 + (10 * 10) / 30, 12);
    expect(quantile(bins, 1)).toBe(20);
    expect(bins.total).toBe(40);
  });

  it('skips empty bins, and has no value without any', () => {
    const [empty, full] = [
      { low: 0, high: 1, count: 0 },
      { low: 5, high: 6, count: 2 },
    ];
    expect(quantile(Bins.of([empty, full, empty]), 0)).toBe(5);
    expect(quantile(Bins.of([full, { low: 7, high: 8, count: 0 }]), 1)).toBe(6);
    expect(quantile(Bins.none, 0.5)).toBeNaN();
    expect(quantile(Bins.of([empty]), 0.5)).toBeNaN();
  });

  it('is 0 in the bin that holds 0', () => {
    expect(quantile(binsOf([0, 0, 0, 1]), 0.5)).toBe(0);
    expect(quantile(binsOf([-5e-324, -0]), 0.5)).toBe(0);
  });

  it('stays finite at the ends of the numbers', () => {
    for (const value of [Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, 0]) {
      const found = quantile(binsOf([value, value]), 0.5);
      expect(Number.isFinite(found)).toBe(true);
      expect(Math.abs(found - value)).toBeLessThanOrEqual(Math.abs(value) / 32 + 1e-300);
    }
  });

  it('is within 1/32 of the quantile of the values themselves', () => {
    const random = randomFrom(1);
    const values = times(5000, () => Math.exp(3 + 2 * normal(random))).sort((one, other) => one - other);
    for (const share of [0.01, 0.1, 0.5, 0.9, 0.99, 0.999]) {
      const exact = values[Math.ceil(share * values.length) - 1] ?? NaN;
      expect(Math.abs(quantile(binsOf(values), share) / exact - 1)).toBeLessThanOrEqual(1 / 32);
    }
  });
});
