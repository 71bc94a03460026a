import { describe, expect, it } from 'vitest';
import {
  highestShare,
  highestTrueShare,
  isHardlyBelow,
  lowestShare,
  lowestTrueShare,
  noiseOrLimit,
  wilsonInterval,
} from '../../../detectors/maths/binomial.ts';

/** P(Binomial(count, share) >= hits), summed term by term. */
function atLeast(hits: number, count: number, share: number): number {
  let term = (1 - share) ** count;
  let tail = hits === 0 ? term : 0;
  for (let k = 1; k <= count; k++) {
    term *= ((count - k + 1) / k) * (share / (1 - share));
    if (k >= hits) tail += term;
  }
  return tail;
}

describe('bounds of a share', () => {
  it.each([
    [0.01, 200, 1e-3],
    [0.01, 200, 1e-8],
    [0.3, 500, 1e-6],
    [0.0005, 1000, 1e-6],
  ])('a sample passes the highest share of %d in %d with less than the chance %d', (share, count, chance) => {
    const highest = highestShare(share, count, chance);
    expect(atLeast(Math.floor(highest * count) + 1, count, share)).toBeLessThan(chance);
    expect(atLeast(Math.floor(highest * count * 0.6), count, share)).toBeGreaterThan(chance);
    const truth = highestTrueShare(share, count, chance);
    expect(truth).toBeGreaterThan(share);
    expect(lowestShare(truth, count, chance)).toBeCloseTo(share, 6);
  });

  it('mirror one another', () => {
    expect(lowestShare(0.9, 300, 1e-4)).toBeCloseTo(1 - highestShare(0.1, 300, 1e-4), 12);
    expect(lowestTrueShare(0.9, 300, 1e-4)).toBeCloseTo(1 - highestTrueShare(0.1, 300, 1e-4), 12);
  });

  it('are 0 and 1 at the ends', () => {
    expect(highestShare(0, 100, 1e-8)).toBeCloseTo(0, 9);
    expect(highestShare(1, 100, 1e-8)).toBe(1);
    expect(highestTrueShare(1, 100, 1e-8)).toBe(1);
    expect(highestTrueShare(0, 100, 1e-8)).toBeCloseTo(1 - 1e-8 ** (1 / 100), 9);
  });

  it('give the limit where noise is smaller', () => {
    expect(noiseOrLimit(0.05, 0.001, 10_000, 1e-8)).toBe(0.05);
    expect(noiseOrLimit(0.05, 0.04, 200, 1e-8)).toBe(highestShare(0.04, 200, 1e-8));
    expect(noiseOrLimit(1.1, 0.1, 200, 1e-8)).toBe(1.1);
  });

  it('say whether a sample hardly ever shows less', () => {
    for (const [share, count, chance] of [
      [0.9, 300, 1e-4],
      [0.02, 5000, 1e-8],
      [1, 200, 1e-8],
    ] as const) {
      const lowest = lowestShare(share, count, chance);
      expect(isHardlyBelow(lowest * 0.999, share, count, chance)).toBe(true);
      expect(isHardlyBelow(lowest * 1.001, share, count, chance)).toBe(false);
    }
    expect(isHardlyBelow(0, 0.5, 200, 1e-8)).toBe(true);
  });

  it('have the interval that Wilson gives: 10 of 100', () => {
    const [low, high] = wilsonInterval(10, 100);
    expect(low).toBeCloseTo(0.05523, 5);
    expect(high).toBeCloseTo(0.17437, 5);
    expect(wilsonInterval(0, 50)[0]).toBe(0);
    expect(wilsonInterval(50, 50)[1]).toBe(1);
  });
});
