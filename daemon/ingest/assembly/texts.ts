import { copy, fits, grownTo, next, push32, size, start } from './runs';
import { isUtf8 } from './utf8';

/** A run of texts has the run of their ends right behind it. */
const ENDS: usize = 12;
/** Most bytes of the length of a text. */
const LENGTH: i32 = 5;

/** Writes a text that must be UTF-8. @returns false where it is not, and where there is no room */
export function pushText(texts: usize, from: usize, length: i32): bool {
  if (!fits(texts, length + LENGTH) || !fits(texts + ENDS, 4)) return false;
  const to = afterLength(next(texts), length);
  if (copy(to, from, length) != 0 && !isUtf8(from, length)) return false;
  finish(texts, to + length);
  return true;
}

/** Ends the text that was written up to there. */
export function finish(texts: usize, to: usize): void {
  grownTo(texts, to);
  push32(texts + ENDS, <u32>(to - start(texts)));
}

/** Writes a length as a varint. @returns the address behind it */
export function afterLength(to: usize, length: i32): usize {
  let rest = length;
  for (; rest > 0x7f; rest >>= 7) store<u8>(to++, (rest & 0x7f) | 0x80);
  store<u8>(to, rest);
  return to + 1;
}

/** Writes bytes, at most 63 of them, as lower-case hexadecimal. @returns false where there is no room */
export function pushHex(texts: usize, from: usize, length: i32): bool {
  if (length > 63 || !fits(texts, 1 + 2 * length) || !fits(texts + ENDS, 4)) return false;
  const to = next(texts);
  store<u8>(to, 2 * length);
  for (let done = 0; done < length; done += 8) store8Hex(to + 1 + 2 * done, load<u64>(from + done));
  finish(texts, to + 1 + 2 * length);
  return true;
}

/** Eight bytes as 16 digits. */
function store8Hex(to: usize, bytes: u64): void {
  const low = i64x2.splat(<i64>(bytes & 0x0f0f0f0f0f0f0f0f));
  const high = i64x2.splat(<i64>((bytes >> 4) & 0x0f0f0f0f0f0f0f0f));
  const halves = i8x16.shuffle(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const digits = i8x16(48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102);
  v128.store(to, i8x16.swizzle(digits, halves));
}

/** Writes all texts of another run. @returns false where there is no room */
export function appendTexts(texts: usize, other: usize): bool {
  const bytes = size(other);
  const ends = other + ENDS;
  if (!fits(texts, bytes) || !fits(texts + ENDS, size(ends))) return false;
  const to = next(texts);
  const shift = <u32>(to - start(texts));
  copy(to, start(other), bytes);
  grownTo(texts, to + bytes);
  for (let end = start(ends), last = next(ends); end < last; end += 4) push32(texts + ENDS, load<u32>(end) + shift);
  return true;
}
