import { sum } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { clippedSpread, earthMove } from '../../../detectors/maths/wasserstein.ts';
import type { Bin } from '../../../detectors/terms.ts';
import { golden } from '../golden.ts';
import { binsOf, normal, randomFrom, times } from '../samples.ts';

/** Raw values as bins of one value each. */
function points(values: readonly number[]): Bin[] {
  return values.toSorted((one, other) => one - other).map((value) => ({ low: value, high: value, count: 1 }));
}

const everywhere = [-Infinity, Infinity] as const;

describe('Wasserstein-1', () => {
  it.each(golden.two_sample)('of raw samples is what SciPy finds: $name', ({ reference, window, wasserstein }) => {
    expect(earthMove(points(reference), points(window), ...everywhere).distance).toBeCloseTo(wasserstein, 10);
  });

  it.each(golden.two_sample)('of binned values is near it: $name', ({ reference, window, wasserstein }) => {
    const size = Math.max(...reference.map(Math.abs), ...window.map(Math.abs));
    const binned = earthMove(binsOf(reference), binsOf(window), ...everywhere).distance;
    expect(Math.abs(binned - wasserstein)).toBeLessThan(0.02 * size);
  });

  it.each(golden.two_sample)(
    'between limits is the distance of the clipped values, with the spread of the clipped reference: $name',
    ({ reference, window }) => {
      const clip = (values: readonly number[]) => values.map((value) => Math.min(1.5, Math.max(-0.5, value)));
      const within = earthMove(points(reference), points(window), -0.5, 1.5);
      const clipped = earthMove(points(clip(reference)), points(clip(window)), ...everywhere);
      expect(within.clipped).toBeCloseTo(clipped.distance, 10);
      const mean = sum(clip(reference)) / reference.length;
      const variance = sum(clip(reference).map((value) => (value - mean) ** 2)) / reference.length;
      expect(clippedSpread(points(reference), { low: -0.5, high: 1.5 }).deviation).toBeCloseTo(Math.sqrt(variance), 10);
    },
  );

  it('is what a pencil gives, also inside bins whose distributions cross', () => {
    const move = earthMove(points([0, 1, 3]), points([5, 6, 8]), ...everywhere);
    expect(move.distance).toBeCloseTo(5, 12);
    const bin = (low: number, high: number, count: number): Bin => ({ low, high, count });
    // Uniform on 0..2 against 0.5 and 1.5: four triangles of area 0.5 * 0.5 * 0.25.
    expect(earthMove([bin(0, 2, 7)], points([0.5, 1.5]), ...everywhere).distance).toBeCloseTo(0.25, 12);
  });

  it('has a standard error that is the scatter of a thousand draws', () => {
    const random = randomFrom(6);
    const draw = (mean: number) => binsOf(times(500, () => Math.exp(mean + normal(random) / 2)));
    const moves = times(1000, () => earthMove(draw(3), draw(3.4), 5, 60));
    const values = moves.map(({ clipped }) => clipped);
    const mean = sum(values) / values.length;
    const scatter = Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / values.length);
    const said = sum(moves.map(({ error }) => error)) / moves.length;
    expect(said / scatter).toBeGreaterThan(0.85);
    expect(said / scatter).toBeLessThan(1.15);
  });
});
