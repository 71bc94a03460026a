const SCRATCH = new DataView(new ArrayBuffer(8));

/** Bins an octave: the sign, the exponent and the upper 5 bits of the mantissa of a float64. */
export const BINS_PER_OCTAVE = 32;

/** Codes from here on are those of negative numbers, the nearest to zero first. */
export const FIRST_NEGATIVE_CODE = 0x10000;

/**
 * Log-linear bin code of a finite number, 0 to 131,071: `bitShiftRight(reinterpretAsUInt64(x), 47)` in SQL.
 * A bin is at most 1/32 of its lower edge wide; -0 counts as 0.
 */
export function binCode(value: number): number {
  SCRATCH.setFloat64(0, value === 0 ? 0 : value);
  return SCRATCH.getUint32(0) >>> 15;
}

/** What the code of a positive number begins at, of every code: bins are named by the hundred thousand. */
const VALUES = Float64Array.from({ length: FIRST_NEGATIVE_CODE + 1 }, (_, code) => {
  SCRATCH.setUint32(0, code << 15);
  SCRATCH.setUint32(4, 0);
  return SCRATCH.getFloat64(0);
});

/** Edges of many bins, as columns; see `binEdges`. */
export function edgesOf(codes: Int32Array): { readonly low: Float64Array; readonly high: Float64Array } {
  const [low, high] = [new Float64Array(codes.length), new Float64Array(codes.length)];
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!;
    const near = VALUES[code & 0xffff]!;
    const far = VALUES[(code & 0xffff) + 1]!;
    low[at] = code < FIRST_NEGATIVE_CODE ? near : -far;
    high[at] = code < FIRST_NEGATIVE_CODE ? far : -near;
  }
  return { low, high };
}

/** Lower (included) and upper (excluded) edge of a bin code; for negative numbers the edges swap sides, -1 lies in (-1.03125, -1]. */
export function binEdges(code: number): readonly [low: number, high: number] {
  const near = VALUES[code & 0xffff]!;
  const far = VALUES[(code & 0xffff) + 1]!;
  return code < FIRST_NEGATIVE_CODE ? [near, far] : [-far, -near];
}
