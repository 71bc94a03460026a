import { assert, double, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearScale, linearTicks, logScale, logTicks, needsLog } from '../../../dashboards/charts/scale.ts';

describe('scales', () => {
  it('places the ends of the domain at the ends of the screen, and the middle between them', () => {
    const scale = linearScale(10, 20, 100, 300);
    expect([10, 15, 20].map((value) => scale.place(value))).toEqual([100, 200, 300]);
  });

  it('runs upwards on the screen when asked to', () => {
    expect(linearScale(0, 1, 200, 0).place(0.25)).toBe(150);
  });

  it('puts the one value of a domain without width in the middle', () => {
    expect(linearScale(5, 5, 0, 100).place(5)).toBe(50);
    expect(linearScale(0, 0, 0, 100).place(0)).toBe(50);
    expect(logScale(5, 5, 0, 100).place(5)).toBeCloseTo(50);
  });

  it('gives each decade the same width on a logarithmic axis', () => {
    const scale = logScale(1, 1000, 0, 300);
    expect([1, 10, 100, 1000].map((value) => Math.round(scale.place(value)))).toEqual([0, 100, 200, 300]);
  });

  it('places zero and negative numbers at the lower end of a logarithmic axis instead of nowhere', () => {
    const scale = logScale(1, 1000, 40, 300);
    expect(scale.place(0)).toBe(40);
    expect(scale.place(-3)).toBe(40);
  });

  it('asks for a logarithmic axis above two decades of positive numbers only', () => {
    expect(needsLog(1, 99)).toBe(false);
    expect(needsLog(1, 101)).toBe(true);
    expect(needsLog(0, 1e9)).toBe(false);
    expect(needsLog(-5, 1e9)).toBe(false);
  });
});

describe('ticks', () => {
  it('are round numbers', () => {
    expect(linearTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linearTicks(-7, 13, 4)).toEqual([-5, 0, 5, 10]);
    expect(linearTicks(0, 0.3, 3)).toEqual([0, 0.1, 0.2, 0.3]);
  });

  it('are powers of ten on a logarithmic axis, thinned where there are many', () => {
    expect(logTicks(0.5, 2000, 6)).toEqual([1, 10, 100, 1000]);
    expect(logTicks(1e-6, 1e6, 5)).toEqual([1e-6, 1e-3, 1, 1e3, 1e6]);
  });

  it('are linear on a logarithmic axis that holds no two powers of ten', () => {
    expect(logTicks(2, 8, 3)).toEqual([2, 4, 6, 8]);
  });

  it('lie inside the domain, ascend and are not many, whatever the domain', () => {
    assert(
      property(
        double({ min: -1e6, max: 1e6, noNaN: true }),
        double({ min: 1e-3, max: 1e9, noNaN: true }),
        integer({ min: 1, max: 12 }),
        (low, width, count) => {
          const ticks = linearTicks(low, low + width, count);
          const slack = width * 1e-6 + Math.abs(low) * 1e-9;
          expect(ticks.every((tick, i) => i === 0 || tick > (ticks[i - 1] ?? 0))).toBe(true);
          expect(ticks.every((tick) => tick >= low - slack && tick <= low + width + slack)).toBe(true);
          expect(ticks.length).toBeLessThanOrEqual(count * 2.5 + 2);
        },
      ),
    );
  });
});
