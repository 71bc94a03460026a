import { sum } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { wasserstein as detector } from '../../../detectors/all.ts';
import type { Histogram } from '../../../detectors/terms.ts';
import { Bins } from '../../../detectors/maths/bins.ts';
import { clippedSpread, earthMove } from '../../../detectors/maths/wasserstein.ts';
import { golden } from '../golden.ts';
import { binsOf, defaultsOf, histogramOf, normal, pointsOf, randomFrom, times } from '../samples.ts';

const everywhere = [-Infinity, Infinity] as const;

describe('Wasserstein-1', () => {
  it.each(golden.two_sample)('of raw samples is what SciPy finds: $name', ({ reference, window, wasserstein }) => {
    expect(earthMove(pointsOf(reference), pointsOf(window), ...everywhere).distance).toBeCloseTo(wasserstein, 10);
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
      const within = earthMove(pointsOf(reference), pointsOf(window), -0.5, 1.5);
      const clipped = earthMove(pointsOf(clip(reference)), pointsOf(clip(window)), ...everywhere);
      expect(within.clipped).toBeCloseTo(clipped.distance, 10);
      const mean = sum(clip(reference)) / reference.length;
      const variance = sum(clip(reference).map((value) => (value - mean) ** 2)) / reference.length;
      expect(clippedSpread(pointsOf(reference), { low: -0.5, high: 1.5 }).deviation).toBeCloseTo(
        Math.sqrt(variance),
        10,
      );
    },
  );

  it.each(golden.two_sample.filter(({ name }) => name !== 'tiny_unequal'))(
    'is told over the plain standard deviation of the reference, as SciPy and NumPy have it: $name',
    (known) => {
      const summary = (values: readonly number[]): Histogram => ({ ...histogramOf(values), bins: pointsOf(values) });
      const settings = { ...defaultsOf(detector), minimum_count: 10 };
      const { details } = detector.judge(summary(known.reference), summary(known.window), settings);
      expect(details?.['by_deviation']).toBeCloseTo(known.wasserstein / known.std_population, 9);
    },
  );

  it('is what a pencil gives, also inside bins whose distributions cross', () => {
    const move = earthMove(pointsOf([0, 1, 3]), pointsOf([5, 6, 8]), ...everywhere);
    expect(move.distance).toBeCloseTo(5, 12);
    // Uniform on 0..2 against 0.5 and 1.5: four triangles of area 0.5 * 0.5 * 0.25.
    expect(
      earthMove(Bins.of([{ low: 0, high: 2, count: 7 }]), pointsOf([0.5, 1.5]), ...everywhere).distance,
    ).toBeCloseTo(0.25, 12);
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
