import { array, assert, double, integer, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histogramBars } from '../../../dashboards/charts/bars.ts';
import { binMean, quantile } from '../../../dashboards/charts/quantile.ts';

const bin = (low: number, high: number, count: number) => ({ low, high, count });

describe('quantiles of bins', () => {
  it('are linear inside a bin', () => {
    const bins = [bin(0, 10, 50), bin(10, 20, 50)];
    expect(quantile(bins, 0.5)).toBe(10);
    expect(quantile(bins, 0.25)).toBe(5);
    expect(quantile(bins, 0.95)).toBe(19);
    expect(quantile(bins, 1)).toBe(20);
  });

  it('skip empty bins', () => {
    expect(quantile([bin(0, 1, 1), bin(1, 5, 0), bin(5, 6, 1)], 0.75)).toBe(5.5);
  });

  it('and means are null without records, never zero', () => {
    expect(quantile([], 0.5)).toBeNull();
    expect(quantile([bin(0, 1, 0)], 0.5)).toBeNull();
    expect(binMean([])).toBeNull();
    expect(binMean([bin(1, 3, 2), bin(5, 7, 2)])).toBe(4);
  });
});

describe('bars of a histogram', () => {
  it('share out a fine bin that lies over an edge by its width', () => {
    const bars = histogramBars([bin(0, 4, 100)], [bin(0, 4, 10)], 2);
    expect(bars?.bars.map(({ current }) => current)).toEqual([0.5, 0.5]);
    expect(bars?.bars.map(({ expected }) => expected)).toEqual([0.5, 0.5]);
  });

  it('are shares of each side by itself, so that sides of different size compare', () => {
    const bars = histogramBars([bin(0, 1, 1000)], [bin(0, 1, 1), bin(1, 2, 1)], 2);
    expect(bars?.bars.map(({ current }) => current)).toEqual([1, 0]);
    expect(bars?.bars.map(({ expected }) => expected)).toEqual([0.5, 0.5]);
  });

  it('stand on a logarithmic axis above two decades, with zero apart', () => {
    const bars = histogramBars([bin(0, 5e-324, 10), bin(1, 2, 45), bin(1000, 2000, 45)], [], 10);
    expect(bars?.kind).toBe('log');
    expect(bars?.domain).toEqual([1, 2000]);
    expect(bars?.zero?.current).toBeCloseTo(0.1);
    expect(bars?.bars.reduce((sum, { current }) => sum + current, 0)).toBeCloseTo(0.9);
  });

  it('stay on a linear axis where a number is negative, however far they reach', () => {
    const bars = histogramBars([bin(-2, -1, 50), bin(1000, 2000, 50)], [], 10);
    expect(bars?.kind).toBe('linear');
    expect(bars?.zero).toBeNull();
  });

  it('do not let one far value squeeze all others on a linear axis, and say what lies outside', () => {
    const bars = histogramBars([bin(-10, 10, 100_000), bin(1e6, 2e6, 1)], [], 10);
    expect(bars?.domain).toEqual([-10, 10]);
    expect(bars?.outside.current).toBeCloseTo(1e-5, 6);
  });

  it('are none without a number on either side', () => {
    expect(histogramBars([], [], 10)).toBeNull();
    expect(histogramBars([bin(0, 1, 0)], [], 10)).toBeNull();
  });

  it('show a feature that is one single number', () => {
    const bars = histogramBars([bin(5, 5, 7)], [], 4);
    expect(bars?.bars.reduce((sum, { current }) => sum + current, 0)).toBeCloseTo(1);
  });

  it('account for every record: bars, zero and outside add up to one', () => {
    const side = array(tuple(double({ min: -50, max: 1e5, noNaN: true }), integer({ min: 0, max: 1000 })), {
      maxLength: 40,
    }).map((values) =>
      values
        .sort((a, b) => a[0] - b[0])
        .map(([low, count], i, all) =>
          bin(low, Math.min(low + Math.abs(low) / 32 + 1e-3, all[i + 1]?.[0] ?? Infinity), count),
        ),
    );
    assert(
      property(side, side, (current, expected) => {
        const bars = histogramBars(current, expected, 20);
        if (!bars || current.every(({ count }) => count === 0)) return;
        const shares = bars.bars.reduce((sum, bar) => sum + bar.current, 0);
        expect(bars.bars.every((bar) => bar.current >= 0 && Number.isFinite(bar.expected))).toBe(true);
        expect(shares + (bars.zero?.current ?? 0) + bars.outside.current).toBeCloseTo(1, 6);
      }),
    );
  });
});
