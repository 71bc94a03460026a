import { highProduct } from './doubles';

const FIRST_POWER: i32 = -292;
const LAST_POWER: i32 = 324;
/** Address of 10^-292 to 10^324, the highest 128 bits of each rounded up, lower half first: the host fills them in. */
export const powersOfTen = heap.alloc((LAST_POWER - FIRST_POWER + 1) * 16);

/** Most characters of a number. */
export const LONGEST_NUMBER: i32 = 25;
/** Decimals up to this many are tried before the general way. */
const DECIMALS: i32 = 4;

const HIDDEN: u64 = 1 << 52;
const ZERO: u8 = 0x30;
const MINUS: u8 = 0x2d;
const POINT: u8 = 0x2e;

/** Writes a signed integer. @returns the address behind it */
export function writeInteger(to: usize, value: i64): usize {
  if (value >= 0) return writeDigits(to, <u64>value);
  store<u8>(to, MINUS);
  return writeDigits(to + 1, <u64>-value);
}

/** Writes a double as JavaScript does. @returns the address behind it */
export function writeDouble(to: usize, value: f64): usize {
  if (value != value) return writeWord(to, 0x4e614e, 3);
  if (value < 0) store<u8>(to++, MINUS);
  const size = abs(value);
  if (size == Infinity) return writeWord(to, 0x7974696e69666e49, 8);
  if (size < 2147483648) {
    if (size == trunc(size)) return writeDigits(to, <u64>size);
    // Every decimal number of up to 15 digits has a double of its own, so such digits are the shortest that name it.
    let power: f64 = 1;
    for (let decimals = 1; decimals <= DECIMALS; decimals++) {
      power *= 10;
      const scaled = size * power;
      if (scaled >= 2147483648) break;
      if (scaled != trunc(scaled) || scaled / power != size) continue;
      const digits = <u64>scaled;
      // A product may miss a whole number narrowly and meet it one digit later.
      if (digits % 10 == 0) break;
      return writeDecimal(to, digits, -decimals);
    }
  }
  return writeShortest(to, size);
}

/** Letters of a word, the first one lowest. */
function writeWord(to: usize, letters: u64, length: i32): usize {
  store<u64>(to, letters);
  return to + length;
}

/** How many digits a number has; 1 for 0. */
function countDigits(value: u64): i32 {
  let digits = 1;
  let rest = value;
  for (; rest >= 10000; rest /= 10000) digits += 4;
  const small = <u32>rest;
  return digits + (small >= 10 ? 1 : 0) + (small >= 100 ? 1 : 0) + (small >= 1000 ? 1 : 0);
}

function writeDigits(to: usize, value: u64): usize {
  const end = to + countDigits(value);
  writeBefore(end, value);
  return end;
}

/** Writes digits so that they end there. @returns where they start */
function writeBefore(end: usize, value: u64): usize {
  let at = end;
  let rest = value;
  for (; rest > 0xffffffff; rest /= 10) store<u8>(--at, ZERO + <u8>(rest % 10));
  let small = <u32>rest;
  do {
    const tenth = small / 10;
    store<u8>(--at, ZERO + <u8>(small - tenth * 10));
    small = tenth;
  } while (small > 0);
  return at;
}

/** Writes digits x 10^power (ECMA-262, "Number::toString"); the last digit is not 0. */
function writeDecimal(to: usize, digits: u64, power: i32): usize {
  const count = countDigits(digits);
  /** Digits before the point; below 0 zeros behind it. */
  const whole = count + power;
  if (power >= 0 && whole <= 21) {
    let at = writeDigits(to, digits);
    for (let zeros = power; zeros > 0; zeros--) store<u8>(at++, ZERO);
    return at;
  }
  if (whole > 0 && whole <= 21) {
    writeBefore(to + count + 1, digits);
    for (let digit = 0; digit < whole; digit++) store<u8>(to + digit, load<u8>(to + digit + 1));
    store<u8>(to + whole, POINT);
    return to + count + 1;
  }
  if (whole > -6 && whole <= 0) {
    store<u8>(to, ZERO);
    store<u8>(to + 1, POINT);
    let at = to + 2;
    for (let zeros = -whole; zeros > 0; zeros--) store<u8>(at++, ZERO);
    return writeDigits(at, digits);
  }
  let at = writeDigits(to + 1, digits);
  store<u8>(to, load<u8>(to + 1));
  if (count > 1) store<u8>(to + 1, POINT);
  else at = to + 1;
  store<u8>(at, 0x65);
  store<u8>(at + 1, whole > 0 ? 0x2b : MINUS);
  return writeDigits(at + 2, <u64>abs(whole - 1));
}

/** Writes the shortest digits that name a positive double (Giulietti, "The Schubfach way to render doubles", 2020). */
function writeShortest(to: usize, value: f64): usize {
  const bits = reinterpret<u64>(value);
  const fraction = bits & (HIDDEN - 1);
  const biased = <i32>(bits >> 52);
  const mantissa = biased != 0 ? HIDDEN | fraction : fraction;
  const exponent = max(biased, 1) - 1075;
  /** The double below is nearer than the one above. */
  const uneven = fraction == 0 && biased > 1;
  const power = (exponent * 1262611 - (uneven ? 524031 : 0)) >> 22;
  const shift = <u64>(exponent + ((-power * 1741647) >> 19) + 1);
  const ten = powersOfTen + ((-power - FIRST_POWER) << 4);
  const lower = scaled(ten, (4 * mantissa - (uneven ? 1 : 2)) << shift);
  const middle = scaled(ten, (4 * mantissa) << shift);
  const upper = scaled(ten, (4 * mantissa + 2) << shift);
  // Both ends of the interval name the double when its mantissa is even.
  const lowest = lower + (mantissa & 1);
  const highest = upper - (mantissa & 1);
  const digits = middle >> 2;
  if (digits >= 10) {
    const fewer = digits / 10;
    const below = lowest <= 40 * fewer;
    const above = 40 * fewer + 40 <= highest;
    if (below != above) return writeStripped(to, fewer + (above ? 1 : 0), power + 1);
  }
  const below = lowest <= 4 * digits;
  const above = 4 * digits + 4 <= highest;
  if (below != above) return writeStripped(to, digits + (above ? 1 : 0), power);
  const half = 4 * digits + 2;
  const up = middle > half || (middle == half && (digits & 1) != 0);
  return writeStripped(to, digits + (up ? 1 : 0), power);
}

/** A product with a power of ten, rounded to odd. */
function scaled(ten: usize, value: u64): u64 {
  const low = highProduct(load<u64>(ten), value);
  const power = load<u64>(ten + 8);
  const middle = power * value + low;
  const high = highProduct(power, value) + (middle < low ? 1 : 0);
  return high | (middle > 1 ? 1 : 0);
}

function writeStripped(to: usize, digits: u64, power: i32): usize {
  let rest = digits;
  let zeros = 0;
  if (rest % 100000000 == 0) {
    rest /= 100000000;
    zeros = 8;
  }
  for (let tenth = rest / 10; tenth * 10 == rest; tenth = rest / 10) {
    rest = tenth;
    zeros++;
  }
  return writeDecimal(to, rest, power + zeros);
}
