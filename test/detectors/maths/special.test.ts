import { describe, expect, it } from 'vitest';
import {
  chiSquareQuantile,
  chiSquareSurvival,
  kolmogorovQuantile,
  kolmogorovSurvival,
  normalQuantile,
  normalSurvival,
} from '../../../detectors/maths/special.ts';
import { golden } from '../golden.ts';

/** Equal to 12 digits, also where the number is very small. */
function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-12 * Math.max(Math.abs(expected), 1e-300) + 1e-300);
}

describe('special functions agree with SciPy', () => {
  it.each(golden.special.norm_sf)('normal survival at %d', (z, probability) => {
    expectClose(normalSurvival(z), probability);
  });
  it.each(golden.special.norm_ppf)('normal quantile at %d', (probability, z) => {
    expect(normalQuantile(probability)).toBeCloseTo(z, 10);
  });
  it.each(golden.special.chi2_sf)('chi-square survival of %d with %d degrees of freedom', (statistic, degrees, p) => {
    expectClose(chiSquareSurvival(statistic, degrees), p);
    if (p > 1e-6 && p < 0.999) expect(chiSquareQuantile(p, degrees)).toBeCloseTo(statistic, 8);
  });
  it.each(golden.special.kolmogorov_sf)('Kolmogorov survival at %d', (y, probability) => {
    expectClose(kolmogorovSurvival(y), probability);
    if (probability < 0.99) expect(kolmogorovQuantile(probability)).toBeCloseTo(y, 8);
  });
});

describe('tails beyond the smallest number', () => {
  it('are 0 or 1 and never a fault', () => {
    expect(chiSquareSurvival(1e6, 9)).toBe(0);
    expect(chiSquareSurvival(1e-300, 9)).toBe(1);
    expect(chiSquareSurvival(0, 9)).toBe(1);
    expect(kolmogorovSurvival(1e5)).toBe(0);
    expect(kolmogorovSurvival(0)).toBe(1);
    expect(kolmogorovSurvival(1e-6)).toBe(1);
    expect(normalSurvival(1000)).toBe(0);
  });
});
