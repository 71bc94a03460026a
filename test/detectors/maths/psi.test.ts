import { describe, expect, it } from 'vitest';
import { stabilityIndex } from '../../../detectors/maths/psi.ts';
import { golden } from '../golden.ts';

/** The same shares in a thousand times as many records. */
function many(counts: readonly number[] = []): number[] {
  return counts.map((count) => count * 1000);
}

describe('population stability index', () => {
  it.each(golden.histograms.filter(({ window }) => !window.includes(0)))(
    'agrees with NumPy: $reference against $window',
    ({ reference, window, 'psi_floor_1e-4': psi }) => {
      expect(stabilityIndex(reference, window).value).toBeCloseTo(psi, 12);
    },
  );

  it('agrees with NumPy where a group is empty and half a record is less than the floor of 1e-4', () => {
    const known = golden.histograms.find(({ window }) => window.includes(0));
    expect(stabilityIndex(many(known?.reference), many(known?.window)).value).toBeCloseTo(
      known?.['psi_floor_1e-4'] ?? NaN,
      12,
    );
  });

  it('is what a pencil gives: shares 0.5, 0.5 against 0.25, 0.75', () => {
    const byHand = (0.25 - 0.5) * Math.log(0.5) + (0.75 - 0.5) * Math.log(1.5);
    expect(stabilityIndex([500, 500], [50, 150])).toEqual({ value: byHand, groups: 2, worst: 0 });
    expect(byHand).toBeCloseTo(0.27465, 5);
  });

  it('floors an empty group at half a record when that is more than 1e-4', () => {
    expect(stabilityIndex([100, 100], [200, 0]).value).toBeCloseTo(
      0.5 * Math.log(2) + (0.0025 - 0.5) * Math.log(0.0025 / 0.5),
      12,
    );
  });

  it('takes nothing from groups that are empty on both sides, and is 0 for equal counts', () => {
    expect(stabilityIndex([10, 0, 20], [10, 0, 20])).toMatchObject({ value: 0, groups: 2 });
    expect(stabilityIndex([10, 0, 20], [10_000, 0, 20_000]).value).toBe(0);
  });
});
