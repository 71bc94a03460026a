/**
 * Which of the 16 bytes at an address end a run of plain text: quotes, backslashes, and what JSON has only as escapes. A bit
 * each, the first one lowest.
 */
export function endsOfPlain(address: usize): i32 {
  const bytes = v128.load(address);
  const quotes = i8x16.eq(bytes, i8x16.splat(0x22));
  const slashes = i8x16.eq(bytes, i8x16.splat(0x5c));
  const controls = i8x16.lt_u(bytes, i8x16.splat(0x20));
  return i8x16.bitmask(v128.or(v128.or(quotes, slashes), controls));
}
