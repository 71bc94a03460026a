import { MOST_NAMES } from './names';

/**
 * A record as a tape of tokens: what it says, one after the other, each with the number of its name. What has several names or
 * values comes before what it holds.
 */

export const NUMBER: u8 = 0;
/** A number for `Number()`: more digits than 19, or beyond the normal doubles. Its range is that of its characters. */
export const LONG_NUMBER: u8 = 1;
/** Its range is what stands between the quotes. */
export const TEXT: u8 = 2;
/** The same, with escapes in it. */
export const ESCAPED: u8 = 3;
export const TRUE: u8 = 4;
export const FALSE: u8 = 5;
export const NULL: u8 = 6;
/** The start of its range is the token behind the last one that it holds. */
export const OBJECT: u8 = 7;
export const NUMBERS: u8 = 8;

/** In place of a number of tokens: the record is left to others. */
export const LEFT: i32 = -1;

/** Bytes of the input; behind it there is room, as it is read 16 bytes at a time. */
export const INPUT_SIZE: i32 = 256 * 1024;
export const MOST_TOKENS: i32 = 16384;

/** Addresses, for the host too: of the input, and by token of its kind, the number of its name, its number, and its range. */
export const input = heap.alloc(INPUT_SIZE + 32);
export const kinds = heap.alloc(MOST_TOKENS);
export const namesOf = heap.alloc(MOST_TOKENS * 4);
export const numbers = heap.alloc(MOST_TOKENS * 8);
export const starts = heap.alloc(MOST_TOKENS * 4);
export const ends = heap.alloc(MOST_TOKENS * 4);

/** By name: what had it last, of those at the top and of those within. */
const seenAt = heap.alloc(MOST_NAMES * 8);
let holders: i32 = 0;

export function forgetHolders(): void {
  holders = 0;
  memory.fill(seenAt, 0, MOST_NAMES * 8);
}

/** @returns a number for a record, or an object in it, whose names are to be told apart */
export function newHolder(): i32 {
  return ++holders;
}

/** Whether a holder had the name already; it has it from now on. */
export function hadName(holder: i32, name: i32, within: bool): bool {
  const seen = seenAt + (name << 3) + (within ? 4 : 0);
  if (load<i32>(seen) == holder) return true;
  store<i32>(seen, holder);
  return false;
}

/** Sets the range of a token. */
export function setRange(token: i32, start: usize, end: usize): void {
  store<u32>(starts + (token << 2), <u32>(start - input));
  store<u32>(ends + (token << 2), <u32>(end - input));
}
