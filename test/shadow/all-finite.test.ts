import { array, assert, float, integer, oneof, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allFinite } from '../../shadow/all-finite.ts';

describe('all values are finite', () => {
  it('where each of them is, whatever its bits', () => {
    assert(
      property(array(oneof(float(), integer().map(ofBits)), { maxLength: 9 }), (values) => {
        const stored = Float32Array.from(values);
        expect(allFinite(stored)).toBe(stored.every(Number.isFinite));
      }),
      { numRuns: 500 },
    );
  });

  it('holds for the largest and the smallest, and not for what lies next to them', () => {
    const edges = [0x7f7fffff, 0xff7fffff, 1, 0x80000001, 0, 0x80000000];
    expect(allFinite(Float32Array.from(edges, ofBits))).toBe(true);
    for (const bits of [0x7f800000, 0xff800000, 0x7f800001, 0xff800001, 0x7fc00000, 0x7fffffff, 0xffffffff]) {
      const values = new Float32Array(3);
      new Int32Array(values.buffer)[1] = bits;
      expect(allFinite(values)).toBe(false);
      expect(allFinite(values.subarray(2))).toBe(true);
    }
  });
});

function ofBits(bits: number): number {
  return new Float32Array(Int32Array.of(bits).buffer)[0] ?? 0;
}
