import type { Bytes } from './bytes.ts';

/** Decimals up to this many are tried before the general way. */
const DECIMALS = 4;
/** Every decimal number of up to 15 digits has a double of its own, so its digits are the shortest that name that double. */
const EXACT = 1e15;
const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;

/** Writes a number as `String` does, after its length, without making a string where that is easy. */
export function writeNumber(out: Bytes, value: number): void {
  let scaled = value;
  let power = 1;
  for (let decimals = 0; decimals <= DECIMALS; decimals++) {
    if (scaled === Math.trunc(scaled) && Math.abs(scaled) < EXACT && scaled / power === value) {
      // A product may miss a whole number narrowly and meet it one digit later.
      if (scaled === 0 || (decimals > 0 && scaled % 10 === 0)) break;
      return writeDecimal(out, scaled, decimals);
    }
    power *= 10;
    scaled = value * power;
  }
  out.text(String(value));
}

/** @param scaled a whole number; the last `decimals` digits of it lie behind the point, and are not all zero */
function writeDecimal(out: Bytes, scaled: number, decimals: number): void {
  let rest = Math.abs(scaled);
  let digits = 1;
  for (let ten = 10; rest >= ten; ten *= 10) digits++;
  const whole = Math.max(digits, decimals + 1);
  const size = whole + (decimals > 0 ? 1 : 0) + (scaled < 0 ? 1 : 0);
  out.reserve(size + 1);
  const start = out.length;
  out.byte(size);
  out.length = start + 1 + size;
  const buffer = out.buffer;
  let at = out.length;
  for (let digit = 0; digit < whole; digit++) {
    if (digit === decimals && decimals > 0) buffer[--at] = POINT;
    const tenth = Math.floor(rest / 10);
    buffer[--at] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  if (scaled < 0) buffer[--at] = MINUS;
}
