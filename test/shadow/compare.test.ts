import { describe, expect, it } from 'vitest';
import { compare, type PairCounts } from '../../shadow/compare.ts';
import { NO_LABELS } from '../../shadow/judge-labelled.ts';
import { inputWidth, missingRow } from '../../shadow/input-columns.ts';
import { mcnemarP } from '../../shadow/mcnemar.ts';

const nothing: PairCounts = {
  slice: 'all',
  recorded: 0,
  replayed: 0,
  errors: {},
  unscored: 0,
  pairs: 0,
  weights: { approved: 1, declined: 1 },
  toDecline: 0,
  toApprove: 0,
  valueToDecline: 0,
  valueToApprove: 0,
  controlMean: null,
  candidateMean: null,
  shiftMean: null,
  shiftVariance: null,
  effectivePairs: 0,
  effectiveFlips: 0,
  controlDeclines: 0,
};

function compareCounts(change: Partial<PairCounts> = {}) {
  return compare({ ...nothing, ...change }, null, NO_LABELS);
}

describe('a comparison', () => {
  it('knows nothing of the flips and the shift when there is no pair', () => {
    const { flips, scoreShift, failed, labelled } = compareCounts();
    expect(flips).toMatchObject({ share: 0, interval: [0, 1] });
    expect(scoreShift).toMatchObject({ mean: 0, interval: [-1, 1] });
    expect(failed).toBe(0);
    expect(labelled).toMatchObject({ count: 0, control: { auc: null }, candidate: { auc: null }, mcnemarP: null });
  });

  it('is sure of nothing from a single pair', () => {
    const one = compareCounts({ pairs: 1, effectivePairs: 1, shiftMean: 0.3, shiftVariance: null });
    expect(one.scoreShift.interval).toEqual([-1, 1]);
    expect(one.flips.interval[0]).toBe(0);
    expect(one.flips.interval[1]).toBeCloseTo(0.7935, 4);
  });

  it('gives the share of flips the interval of Wilson, known for 10 of 100', () => {
    const { flips } = compareCounts({
      pairs: 100,
      effectivePairs: 100,
      effectiveFlips: 10,
      toDecline: 7,
      toApprove: 3,
    });
    expect(flips.share).toBe(0.1);
    expect(flips.interval[0]).toBeCloseTo(0.05523, 5);
    expect(flips.interval[1]).toBeCloseTo(0.17437, 5);
    // 7 and 3 of 100 alone.
    expect(flips.ways.toDecline).toMatchObject({
      share: 0.07,
      interval: [expect.closeTo(0.03432, 4), expect.closeTo(0.13749, 4)],
    });
    expect(flips.ways.toApprove).toMatchObject({
      share: 0.03,
      interval: [expect.closeTo(0.01026, 4), expect.closeTo(0.08452, 4)],
    });
  });

  it('is as sure of each way of a sample as the flips that were seen of it', () => {
    const { ways } = compareCounts({
      pairs: 2000,
      weights: { approved: 20, declined: 1 },
      toDecline: 140,
      toApprove: 60,
    }).flips;
    expect(ways.toDecline).toMatchObject({
      share: 0.07,
      interval: [expect.closeTo(0.03432, 4), expect.closeTo(0.13749, 4)],
    });
    expect(ways.toApprove.interval[1] - ways.toApprove.interval[0]).toBeLessThan(0.02);
  });

  it('counts what has no score to compare with beside the failures of the candidate, not among them', () => {
    const counted = compareCounts({
      recorded: 10,
      replayed: 10,
      errors: { not_finite: 2, timeout: 1 },
      unscored: 4,
    });
    expect(counted.failed).toBe(3);
    expect(counted.errors).toEqual({ not_finite: 2, timeout: 1, no_recorded_score: 4 });
  });

  it('gives the mean shift its normal interval', () => {
    const { scoreShift } = compareCounts({ pairs: 400, effectivePairs: 400, shiftMean: 0.01, shiftVariance: 0.04 });
    expect(scoreShift.interval[0]).toBeCloseTo(0.01 - 0.0195996, 6);
    expect(scoreShift.interval[1]).toBeCloseTo(0.01 + 0.0195996, 6);
  });
});

describe('the exact test of McNemar', () => {
  it.each([
    // Twice the smaller tail of the binomial distribution, worked out as fractions of powers of two.
    [0, 5, 2 / 32],
    [5, 0, 2 / 32],
    [1, 7, 18 / 256],
    [2, 10, (2 * (1 + 12 + 66)) / 4096],
    [3, 3, 1],
    [4, 5, 1],
  ])('gives %i against %i the p-value %f', (first, second, p) => {
    expect(mcnemarP(first, second)).toBeCloseTo(p, 12);
  });

  it('is null when no pair tells the models apart', () => {
    expect(mcnemarP(0, 0)).toBeNull();
  });

  it('stays exact for many pairs, where the normal distribution with correction is near', () => {
    // 2 * sf((520 - 480 - 1) / sqrt(1000)) = 0.21746.
    expect(mcnemarP(480, 520)).toBeCloseTo(0.2174, 3);
    expect(mcnemarP(500_000, 500_000)).toBe(1);
    expect(mcnemarP(1000, 100_000)).toBe(0);
  });
});

describe('the columns of a model', () => {
  const number = { feature: 'x', encoding: 'number', fill: 0, log1p: false, mean: 0, scale: 1 } as const;
  const inputs = [
    { ...number, fill: -99, log1p: true, mean: 1, scale: 2 },
    { ...number, encoding: 'one_hot', categories: ['a', 'b'] } as const,
    { ...number, encoding: 'boolean' } as const,
  ];

  it('are one each, and for one_hot one a category', () => {
    expect(inputWidth(inputs)).toBe(4);
    expect(inputWidth([])).toBe(0);
  });

  it('hold the encoded fill value and zeros for a prediction without features', () => {
    expect(missingRow(inputs)).toEqual(Float32Array.from([(-Math.log(100) - 1) / 2, 0, 0, 0]));
  });
});
