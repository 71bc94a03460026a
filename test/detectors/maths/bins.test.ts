import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addBins } from '../../../daemon/store/add-histograms.ts';
import { Bins } from '../../../detectors/maths/bins.ts';
import { binCode, binEdges, edgesOf } from '../../../detectors/maths/log-bins.ts';
import { binsOf } from '../samples.ts';

const LIST = [
  { low: -2, high: -1, count: 3 },
  { low: 0, high: 0, count: 0 },
  { low: 4, high: Infinity, count: 5 },
];

describe('bins', () => {
  it('are the list that they were made from, one by one and as JSON', () => {
    const bins = Bins.of(LIST);
    expect([...bins]).toEqual(LIST);
    expect(bins.length).toBe(3);
    expect(bins.total).toBe(8);
    expect(JSON.stringify({ bins })).toBe(JSON.stringify({ bins: LIST }));
    expect([...Bins.none]).toEqual([]);
    expect(Bins.none.total).toBe(0);
  });

  it('may be a stretch of columns that others share', () => {
    const { low, high, count } = Bins.of(LIST);
    const last = new Bins(low, high, count, 1, 3);
    expect([...last]).toEqual(LIST.slice(1));
    expect(last.total).toBe(5);
    expect(last).toEqual(Bins.of(LIST.slice(1)));
    expect(last).not.toEqual(Bins.of(LIST.slice(0, 2)));
    expect([...last.filled()]).toEqual(LIST.slice(2));
    expect(last.filled().filled().length).toBe(1);
  });

  it('of two samples add up to those of both', () => {
    const numbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }));
    fc.assert(
      fc.property(numbers, numbers, (some, others) => {
        expect([...addBins(binsOf(some), binsOf(others))]).toEqual([...binsOf([...some, ...others])]);
      }),
    );
  });

  it('have the edges of their codes, of numbers of either sign', () => {
    const codes = [0, 5e-324, 1, 1.5, Number.MAX_VALUE, -5e-324, -1, -1e300, -Number.MAX_VALUE].map(binCode);
    const { low, high } = edgesOf(Int32Array.from(codes));
    expect(codes.map((_, at) => [low[at], high[at]])).toEqual(codes.map((code) => [...binEdges(code)]));
  });
});
