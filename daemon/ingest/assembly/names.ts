import { endsOfPlain } from './plain-text';

export const MOST_NAMES: i32 = 8192;
const NAME_SLOTS: i32 = 2 * MOST_NAMES;
/** Bytes of all names, each at a multiple of 16 with 16 to spare: they are compared 16 at a time. */
const NAME_BYTES: i32 = 512 * 1024;
const NONE: i32 = -1;

const nameBytesAt = heap.alloc(NAME_BYTES + 32);
const nameStartsAt = heap.alloc(MOST_NAMES * 4);
const nameLengthsAt = heap.alloc(MOST_NAMES * 4);
/** By name: the one that followed it last time. */
const followersAt = heap.alloc(MOST_NAMES * 4);
const slotsAt = heap.alloc(NAME_SLOTS * 4);

let names: i32 = 0;
let nameBytes: i32 = 0;
/** The name read last. */
let last: i32 = 0;

export function nameStart(name: i32): usize {
  return nameBytesAt + load<u32>(nameStartsAt + (name << 2));
}

export function nameLength(name: i32): i32 {
  return load<i32>(nameLengthsAt + (name << 2));
}

export function forgetNames(): void {
  names = 0;
  nameBytes = 0;
  last = 0;
  memory.fill(slotsAt, 0, NAME_SLOTS * 4);
  memory.fill(followersAt, 0, MOST_NAMES * 4);
}

/**
 * @param start address of the first character of a name, whose quote stands behind it
 * @returns its number; -1 for one with escapes, and where there are too many. Names come in the same order as a rule: the one
 *   that followed last time is compared first
 */
export function readName(start: usize): i32 {
  const guess = load<i32>(followersAt + (last << 2));
  if (guess < names && isName(guess, start)) return (last = guess);
  let end = start;
  let found = endsOfPlain(end);
  while (found == 0) found = endsOfPlain((end += 16));
  end += ctz(found);
  if (load<u8>(end) != 0x22) return NONE;
  const name = findName(start, <i32>(end - start));
  if (name < 0) return NONE;
  store<i32>(followersAt + (last << 2), name);
  return (last = name);
}

/** Whether the name stands there, with the quote behind it. */
function isName(name: i32, start: usize): bool {
  const length = nameLength(name);
  return load<u8>(start + length) == 0x22 && equal(start, nameStart(name), length);
}

function equal(one: usize, other: usize, length: i32): bool {
  for (let compared = 0; compared < length; compared += 16) {
    const same = i8x16.bitmask(i8x16.eq(v128.load(one + compared), v128.load(other + compared)));
    const wanted = length - compared >= 16 ? 0xffff : (1 << (length - compared)) - 1;
    if ((same & wanted) != wanted) return false;
  }
  return true;
}

function findName(start: usize, length: i32): i32 {
  let hash: u32 = 0x811c9dc5;
  for (let byte = start; byte < start + length; byte++) hash = (hash ^ load<u8>(byte)) * 0x01000193;
  const mask = NAME_SLOTS - 1;
  for (let slot = (hash ^ (hash >> 15)) & mask, tries = 0; tries < 64; slot = (slot + 1) & mask, tries++) {
    const name = load<i32>(slotsAt + (slot << 2)) - 1;
    if (name < 0) return learn(start, length, slot);
    if (nameLength(name) == length && equal(start, nameStart(name), length)) return name;
  }
  return NONE;
}

/** Names that begin with a digit are left to others: `JSON.parse` puts those that are indexes first. */
function learn(start: usize, length: i32, slot: i32): i32 {
  const room = (length + 15) & ~15;
  if (names == MOST_NAMES || nameBytes + room > NAME_BYTES || load<u8>(start) - 0x30 < 10) return NONE;
  memory.copy(nameBytesAt + nameBytes, start, length);
  store<i32>(nameStartsAt + (names << 2), nameBytes);
  store<i32>(nameLengthsAt + (names << 2), length);
  nameBytes += room;
  store<i32>(slotsAt + (slot << 2), names + 1);
  return names++;
}
