import type { Bytes } from './bytes.ts';

/** Decimals up to this many are tried before the general way. */
const DECIMALS = 4;

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;

/**
 * Writes a number as `String` does, after its length, without making a string where that is easy: every decimal number of
 * up to 15 digits has a double of its own, so such digits are the shortest that name it.
 */
export function writeNumber(out: Bytes, value: number): void {
  if ((value | 0) === value && !Object.is(value, -0)) return writeDecimal(out, value, 0);
  let power = 1;
  for (let decimals = 1; decimals <= DECIMALS; decimals++) {
    power *= 10;
    const scaled = value * power;
    if ((scaled | 0) !== scaled || scaled / power !== value) continue;
    // A product may miss a whole number narrowly and meet it one digit later.
    if (scaled === 0 || scaled % 10 === 0) break;
    return writeDecimal(out, scaled, decimals);
  }
  out.text(String(value));
}

/** @param scaled a whole number of 32 bits; the last `decimals` digits of it lie behind the point, and are not all zero */
function writeDecimal(out: Bytes, scaled: number, decimals: number): void {
  let rest = Math.abs(scaled);
  let digits = 1;
  for (let ten = 10; rest >= ten; ten *= 10) digits++;
  const whole = Math.max(digits, decimals + 1);
  const size = whole + (decimals > 0 ? 1 : 0) + (scaled < 0 ? 1 : 0);
  out.reserve(size + 1);
  const { buffer } = out;
  buffer[out.length] = size;
  let at = out.length + 1 + size;
  out.length = at;
  for (let digit = 0; digit < whole; digit++) {
    if (digit === decimals && decimals > 0) buffer[--at] = POINT;
    const tenth = (rest / 10) >>> 0;
    buffer[--at] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  if (scaled < 0) buffer[--at] = MINUS;
}
