const FIRST_POWER: i32 = -342;
const LAST_POWER: i32 = 308;

/** Address of 5^-342 to 5^308, 128 bits each, lower half first: the host fills them in. */
export const powersOfFive = heap.alloc((LAST_POWER - FIRST_POWER + 1) * 16);

/** @returns the double nearest to mantissa x 10^power; NaN where it is no normal one */
export function doubleOf(mantissa: u64, power: i32): f64 {
  // Both exact: one rounding gives the nearest.
  if (mantissa < 1 << 53 && power >= -22 && power <= 22)
    return power < 0 ? <f64>mantissa / exactPower(-power) : <f64>mantissa * exactPower(power);
  if (mantissa == 0 || power < FIRST_POWER || power > LAST_POWER) return NaN;
  return nearestDouble(mantissa, power);
}

const exactPowersAt = heap.alloc(23 * 8);
for (let power = 0, exact: f64 = 1; power < 23; power++, exact *= 10) store<f64>(exactPowersAt + (power << 3), exact);

function exactPower(power: i32): f64 {
  return load<f64>(exactPowersAt + (power << 3));
}

/** After Lemire, "Number parsing at a gigabyte per second" (2021), section 5. */
function nearestDouble(mantissa: u64, power: i32): f64 {
  const shift = clz(mantissa);
  const normal = mantissa << shift;
  const five = powersOfFive + ((power - FIRST_POWER) << 4);
  const upper = load<u64>(five + 8);
  let high = highProduct(normal, upper);
  let low = normal * upper;
  // The lower half of the power matters only where the bits below the result are all ones.
  if ((high & 0x1ff) == 0x1ff) {
    const carry = highProduct(normal, load<u64>(five));
    low += carry;
    if (low < carry) high++;
  }
  const upperBit = <i32>(high >> 63);
  let bits = high >> (upperBit + 9);
  let exponent = ((217706 * power) >> 16) + 63 + upperBit - <i32>shift + 1023;
  if (exponent <= 0) return NaN;
  // Exactly half way between two doubles: to the even one.
  if (low <= 1 && power >= -4 && power <= 23 && (bits & 3) == 1 && bits << (upperBit + 9) == high) bits &= ~1;
  bits += bits & 1;
  bits >>= 1;
  if (bits >= 1 << 53) {
    bits = 1 << 52;
    exponent++;
  }
  if (exponent >= 0x7ff) return NaN;
  return reinterpret<f64>((bits & ((1 << 52) - 1)) | ((<u64>exponent) << 52));
}

/** The upper half of a product of 128 bits. */
export function highProduct(one: u64, other: u64): u64 {
  const oneLow = one & 0xffffffff;
  const oneHigh = one >> 32;
  const otherLow = other & 0xffffffff;
  const otherHigh = other >> 32;
  const middle = oneHigh * otherLow + ((oneLow * otherLow) >> 32);
  const crossed = oneLow * otherHigh + (middle & 0xffffffff);
  return oneHigh * otherHigh + (middle >> 32) + (crossed >> 32);
}
