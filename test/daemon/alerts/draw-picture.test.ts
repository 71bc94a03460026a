import { describe, expect, it } from 'vitest';
import { drawCategories } from '../../../daemon/alerts/draw-categories.ts';
import { drawDistribution } from '../../../daemon/alerts/draw-distribution.ts';
import { drawPicture } from '../../../daemon/alerts/draw-picture.ts';
import { chooseScale, median } from '../../../daemon/alerts/value-scale.ts';
import { Bins } from '../../../detectors/maths/bins.ts';
import type { Bin, Histogram } from '../../../detectors/terms.ts';
import { binsOf } from '../../detectors/samples.ts';
import { finding } from './example-finding.ts';

function numbers(values: readonly number[]): Histogram {
  return { count: values.length, missing: 0, bins: binsOf(values), categories: [] };
}

function categories(counts: Record<string, number>): Histogram {
  const all = Object.entries(counts).map(([value, count]) => ({ value, count }));
  return { count: all.reduce((sum, { count }) => sum + count, 0), missing: 0, bins: Bins.none, categories: all };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
const FRAME = { title: 't', unit: 'u', reference: 'r', window: 'w', note: '' };

function labels(values: readonly number[]): string[] {
  return chooseScale([listOf(values)]).ticks.map(({ text }) => text);
}

function listOf(values: readonly number[]): Bin[] {
  return [...binsOf(values)];
}

describe('the axis of values', () => {
  it('is linear where the values lie close together', () => {
    const scale = chooseScale([listOf(range(20, 80))]);
    expect(scale.kind).toBe('linear');
    expect(labels(range(20, 80))).toEqual(['20', '30', '40', '50', '60', '70', '80']);
    expect(scale.place(50)).toBeCloseTo(0.5, 1);
  });

  it('goes by powers of ten where the values span them, in whichever sample', () => {
    const scale = chooseScale([listOf(range(1, 50)), listOf(range(1, 50).map((value) => value * 1000))]);
    expect(scale.kind).toBe('log');
    expect(scale.ticks.map(({ text }) => text)).toEqual(['1', '10', '100', '1,000', '10k']);
    expect(scale.place(100) - scale.place(10)).toBeCloseTo(scale.place(1000) - scale.place(100), 9);
  });

  it('keeps zero and negative values in their place', () => {
    const tail = [5000, 5001, 5002, 5003, 5004];
    const values = [0, 0, 0, ...range(1, 50), ...range(1, 50), ...tail, ...tail.map((value) => -value)];
    const scale = chooseScale([listOf(values)]);
    expect(scale.kind).toBe('log');
    expect(scale.ticks.map(({ text }) => text)).toContain('0');
    const places = [-5000, -10, 0, 10, 5000].map((value) => scale.place(value));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('does not squeeze everything for one outlier', () => {
    const usual = Array.from({ length: 20 }, () => range(20, 80)).flat();
    const scale = chooseScale([listOf([...usual, 1e30])]);
    expect(scale.kind).toBe('linear');
    expect(scale.place(79)).toBeGreaterThan(0.9);
  });

  it.each([[[7, 7, 7]], [[0, 0]], [[-3]], [[1e-200]], [[1e300]]])('has room around a single value: %j', (values) => {
    const scale = chooseScale([listOf(values)]);
    const [bin] = listOf(values);
    expect(scale.place(bin?.low ?? NaN)).toBeGreaterThan(0.3);
    expect(scale.place(bin?.high ?? NaN)).toBeLessThan(0.7);
  });

  it('finds the middle of whole numbers as a whole number', () => {
    expect(median(listOf([1, 2, 2, 3, 9]))).toBe(2);
    expect(median(listOf([0, 0, 0, 5]))).toBe(0);
    expect(median(listOf(range(0, 2001)))).toBeCloseTo(1000, -1);
    expect(median(listOf([0.25, 0.26, 0.27]))).toBeCloseTo(0.26, 2);
  });
});

describe('the picture', () => {
  it('marks both middles, and every coordinate is a number', () => {
    const svg = drawDistribution(numbers(range(1, 1000)), numbers(range(500, 1501)), FRAME);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(2);
    expect(svg).toMatch(/median 50[01] → 1,00[01]</);
  });

  it('names the categories that changed most, and counts the others', () => {
    const before = categories(Object.fromEntries(range(0, 30).map((n) => [`c${n}`, 10])));
    const svg = drawCategories(before, categories({ c0: 10, new: 290 }), FRAME);
    expect(svg).toMatch(/>new<.*0 % → 96\.7 %/);
    expect(svg).toContain('>25 others<');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('escapes what users wrote', () => {
    const svg = drawCategories(null, categories({ '<b>&"\u0000': 3 }), { ...FRAME, title: '</text><script>' });
    expect(svg).toContain('&lt;b&gt;&amp;');
    expect(svg).not.toContain('<script>');
    expect(svg).not.toContain('\u0000');
  });

  it.each([
    ['numbers', numbers(range(1, 50)), numbers([5])],
    ['no reference', null, numbers([1, 2, 1e6])],
    ['a reference of another kind', categories({ a: 1 }), numbers([1, 2])],
    ['categories', categories({ a: 1 }), categories({ b: 2, '': 3 })],
    ['an empty reference', numbers([]), numbers([1])],
    ['tiny and huge', numbers([1e-308, 5e-324]), numbers([1e308, -1e308])],
    ['lone surrogates', null, categories({ '\ud800': 2 })],
  ])('is a PNG for %s', (_, reference, window) => {
    const picture = drawPicture(finding(), { reference, window });
    const png = Buffer.from(picture?.png ?? []);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1280, 676]);
  });

  it('holds text: the font is there', () => {
    const sizes = ['', 'a much longer title than none'].map(
      (subject) => drawPicture(finding({ subject }), { reference: null, window: numbers([1]) })?.png.length ?? 0,
    );
    expect(sizes[1]).toBeGreaterThan((sizes[0] ?? 0) + 1000);
  });

  it('is left out where there is nothing to draw', () => {
    expect(drawPicture(finding(), { reference: numbers([1]), window: numbers([]) })).toBeUndefined();
  });
});
