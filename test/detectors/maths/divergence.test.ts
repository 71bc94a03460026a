import { sum } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import {
  diverge,
  errorOf,
  jensenShannon,
  squaredHellinger,
  stabilityIndex,
  totalVariation,
  type Divergence,
} from '../../../detectors/maths/divergence.ts';
import { largestDifference } from '../../../detectors/maths/largest-difference.ts';
import { golden } from '../golden.ts';
import { normal, randomFrom, times } from '../samples.ts';

const all: readonly (readonly [string, Divergence])[] = [
  ['PSI', stabilityIndex],
  ['Jensen-Shannon', jensenShannon],
  ['Hellinger', squaredHellinger],
  ['total variation', totalVariation],
];

describe('divergences of counts over groups', () => {
  it.each(golden.histograms)('agree with SciPy and NumPy: $reference against $window', (known) => {
    const of = (by: Divergence): number => diverge(known.reference, known.window, by).value;
    expect(of(stabilityIndex)).toBeCloseTo(known['psi_floor_1e-4'], 12);
    expect(Math.sqrt(of(jensenShannon))).toBeCloseTo(known.jensen_shannon_distance_base2, 12);
    expect(Math.sqrt(of(squaredHellinger))).toBeCloseTo(known.hellinger, 12);
    expect(of(totalVariation)).toBeCloseTo(known.total_variation, 12);
    expect(largestDifference(known.reference, known.window).value).toBeCloseTo(known.l_infinity, 12);
  });

  it('PSI is what a pencil gives: shares 0.5, 0.5 against 0.25, 0.75', () => {
    const byHand = (0.25 - 0.5) * Math.log(0.5) + (0.75 - 0.5) * Math.log(1.5);
    expect(diverge([500, 500], [50, 150], stabilityIndex)).toMatchObject({ value: byHand, groups: 2, worst: 0 });
    expect(byHand).toBeCloseTo(0.27465, 5);
  });

  it('PSI floors an empty group at 1e-4, and says how much of that lies beyond half a record', () => {
    const at = (share: number): number => 0.5 * Math.log(2) + (share - 0.5) * Math.log(share / 0.5);
    const { value, beyondHalf } = diverge([100, 100], [200, 0], stabilityIndex);
    expect(value).toBeCloseTo(at(1e-4), 12);
    expect(beyondHalf).toBeCloseTo(at(1e-4) - at(0.0025), 12);
    expect(diverge([10_000, 10_000], [20_000, 0], stabilityIndex).beyondHalf).toBe(0);
    expect(diverge([100, 100], [150, 50], stabilityIndex).beyondHalf).toBe(0);
  });

  it.each(all)('%s takes nothing from groups that are empty on both sides, and is 0 for equal counts', (_, by) => {
    expect(diverge([10, 0, 20], [10, 0, 20], by)).toMatchObject({ value: 0, groups: 2 });
    expect(diverge([10, 0, 20], [10_000, 0, 20_000], by).value).toBeCloseTo(0, 15);
  });

  it.each(all.filter(([name]) => name !== 'PSI'))('%s is 1 where no group is shared', (_, by) => {
    expect(diverge([10, 0], [0, 10], by).value).toBeCloseTo(1, 12);
  });

  it.each(all)('%s has a standard error that is the scatter of a thousand draws', (_, by) => {
    const random = randomFrom(5);
    const draw = (mean: number): number[] => {
      const counts = times(10, () => 0);
      for (let n = 0; n < 2000; n++) {
        const group = Math.min(9, Math.max(0, Math.floor(normal(random) + mean)));
        counts[group] = (counts[group] ?? 0) + 1;
      }
      return counts;
    };
    const drawn = times(1000, () => [draw(4.5), draw(5.1)] as const);
    const values = drawn.map(([then, now]) => diverge(then, now, by).value);
    const mean = sum(values) / values.length;
    const scatter = Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / values.length);
    const said = sum(drawn.map(([then, now]) => errorOf(then, now, by))) / drawn.length;
    expect(said / scatter).toBeGreaterThan(0.85);
    expect(said / scatter).toBeLessThan(1.15);
  });
});
