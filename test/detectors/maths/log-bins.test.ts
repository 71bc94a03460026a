import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BINS_PER_OCTAVE, binCode, binEdges } from '../../../detectors/maths/log-bins.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

/** Whether the bin holds the value: the edge nearer to zero is included on either side of it. */
function holds([low, high]: readonly [number, number], value: number): boolean {
  return low < 0 || Object.is(high, -0) ? value > low && value <= high : value >= low && value < high;
}

describe('log-linear bins', () => {
  it.each([0, 1, -1, 41, -41, 1e308, -1e308, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** -1022])(
    'hold the value that they count: %d',
    (value) => {
      expect(holds(binEdges(binCode(value)), value)).toBe(true);
    },
  );

  it('hold any finite number', () => {
    fc.assert(fc.property(finite, (value) => holds(binEdges(binCode(value)), value)));
  });

  it('count -0 as 0', () => {
    expect(binCode(-0)).toBe(binCode(0));
    expect(binCode(0)).toBe(0);
  });

  it('are the top bits of a float64, so that SQL gives the same ones', () => {
    expect(binCode(1)).toBe(0x3ff0 << 1);
    expect(binCode(-1)).toBe(0xbff0 * 2);
    expect(binCode(1.999_999)).toBe(binCode(1) + BINS_PER_OCTAVE - 1);
    expect(binCode(2)).toBe(binCode(1) + BINS_PER_OCTAVE);
    expect(binEdges(binCode(1))).toEqual([1, 1.03125]);
    expect(binEdges(binCode(-1))).toEqual([-1.03125, -1]);
  });

  it('ascend with the value', () => {
    fc.assert(
      fc.property(finite, finite, (one, other) => {
        const [less, more] = one < other ? [one, other] : [other, one];
        expect(binEdges(binCode(less))[0]).toBeLessThanOrEqual(binEdges(binCode(more))[0]);
      }),
    );
  });

  it('are at most 1/32 of their nearer edge wide', () => {
    const normalNumber = fc.double({ min: 2 ** -1021, max: 2 ** 1022, noNaN: true });
    fc.assert(
      fc.property(normalNumber, (value) => {
        const [low, high] = binEdges(binCode(value));
        expect(high - low).toBeLessThanOrEqual(low / 32);
      }),
    );
  });
});
