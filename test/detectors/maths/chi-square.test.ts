import { describe, expect, it } from 'vitest';
import { cramersV, fitOf, fitProbability, mergeRare, tableChiSquare } from '../../../detectors/maths/chi-square.ts';
import { chiSquareSurvival } from '../../../detectors/maths/special.ts';
import { golden } from '../golden.ts';

/** SciPy 1.17.1: `chisquare(window, expected)` and `power_divergence(..., 'log-likelihood')`, expected = reference scaled. */
const FITS = [
  {
    reference: [120, 300, 250, 200, 130],
    window: [90, 280, 260, 220, 150],
    pearson: 14.310256410256411,
    p: 0.006367927292546159,
    likelihood: 14.842721971797872,
    likelihoodP: 0.005038788849448686,
  },
  {
    reference: [1000, 500, 50, 5],
    window: [900, 480, 120, 40],
    pearson: 357.0999999999999,
    p: 4.3277916587168254e-77,
    likelihood: 177.48461532922238,
    likelihoodP: 3.0807217722320855e-38,
  },
] as const;

describe('chi-square', () => {
  it.each(golden.histograms)('of a table is what SciPy finds: $reference against $window', (known) => {
    const { statistic, degrees } = tableChiSquare(known.reference, known.window);
    expect(statistic).toBeCloseTo(known.chi2_contingency.statistic, 10);
    expect(degrees).toBe(known.chi2_contingency.dof);
    expect(chiSquareSurvival(statistic, degrees)).toBeCloseTo(known.chi2_contingency.p, 12);
  });

  it.each(FITS)('of fit, and G, are what SciPy finds: $reference', (known) => {
    const { reference, window, pearson, p, likelihood, likelihoodP } = known;
    const fit = fitOf(reference, window);
    expect(fit.pearson).toBeCloseTo(pearson, 9);
    expect(fit.likelihood).toBeCloseTo(likelihood, 9);
    expect(chiSquareSurvival(fit.pearson, fit.degrees) / p).toBeCloseTo(1, 9);
    expect(chiSquareSurvival(fit.likelihood, fit.degrees) / likelihoodP).toBeCloseTo(1, 9);
    // A reference as small as the window scatters as much: half the statistic is what may be held against chance.
    const { degrees } = fit;
    expect(fitProbability(pearson, degrees, 1000, 1000)).toBeCloseTo(chiSquareSurvival(pearson / 2, degrees), 12);
  });

  it('merges the groups that expect fewer than 5, the smallest first, and loses no record', () => {
    const merged = mergeRare([1000, 20, 30, 40, 0, 900], [100, 2, 3, 0, 7, 90]);
    expect(merged).toEqual({ reference: [90, 900, 1000], window: [12, 90, 100] });
    expect(mergeRare([1000, 10], [100, 1])).toEqual({ reference: [1010], window: [101] });
    expect(mergeRare([0, 0], [0, 0])).toEqual({ reference: [], window: [] });
  });
});

describe("Cramer's V", () => {
  it('is what the formula of Bergsma gives, worked out in NumPy', () => {
    const larger = tableChiSquare([1000, 500, 50, 5], [900, 480, 120, 40]);
    expect(cramersV(larger.statistic, larger.degrees, 3095)).toBeCloseTo(0.13767491593898182, 10);
    const smaller = tableChiSquare([120, 300, 250, 200, 130], [90, 280, 260, 220, 150]);
    expect(cramersV(smaller.statistic, smaller.degrees, 2000)).toBeCloseTo(0.04214366053491526, 10);
  });

  it('is 0 where there is no more than chance gives, and 1 where the group tells everything', () => {
    expect(cramersV(3, 4, 1000)).toBe(0);
    expect(cramersV(0, 0, 1000)).toBe(0);
    const { statistic, degrees } = tableChiSquare([500, 0], [0, 500]);
    expect(cramersV(statistic, degrees, 1000)).toBeCloseTo(1, 12);
  });
});
