const FIRST = -292;
const LAST = 324;

/**
 * 10^-292 to 10^324, the highest 128 bits of each rounded up, lower half first (Giulietti, "The Schubfach way to render
 * doubles", 2020, section 9.8).
 */
export function powersOfTen(): bigint[] {
  return Array.from({ length: LAST - FIRST + 1 }, (_, at) => highestBits(at + FIRST)).flatMap((power) => [
    BigInt.asUintN(64, power),
    power >> 64n,
  ]);
}

function highestBits(exponent: number): bigint {
  const whole = 10n ** BigInt(Math.abs(exponent));
  const bits = BigInt(whole.toString(2).length);
  if (exponent < 0) return (1n << (bits + 127n)) / whole + 1n;
  if (bits <= 128n) return whole << (128n - bits);
  const high = whole >> (bits - 128n);
  return high << (bits - 128n) === whole ? high : high + 1n;
}
