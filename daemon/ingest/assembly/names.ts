export const MOST_NAMES: i32 = 8192;
const NAME_SLOTS: i32 = 2 * MOST_NAMES;
/** The upper bits of a product depend on all bits: as many as number the slots. */
const SLOT_SHIFT: u64 = 50;
/** Bytes of all names, each at a multiple of 16 with 16 to spare: they are compared 16 at a time. */
const NAME_BYTES: i32 = 512 * 1024;
export const NONE: i32 = -1;

const nameBytesAt = heap.alloc(NAME_BYTES + 32);
const nameStartsAt = heap.alloc(MOST_NAMES * 4);
const nameLengthsAt = heap.alloc(MOST_NAMES * 4);
/** By name: the one that followed it last time. */
const followersAt = heap.alloc(MOST_NAMES * 4);
const slotsAt = heap.alloc(NAME_SLOTS * 4);

/** Set by the host, at random, so that nobody can choose names that collide. */
export let seed: u64 = 0;
let names: i32 = 0;
let nameBytes: i32 = 0;

export function nameStart(name: i32): usize {
  return nameBytesAt + load<u32>(nameStartsAt + (name << 2));
}

export function nameLength(name: i32): i32 {
  return load<i32>(nameLengthsAt + (name << 2));
}

export function forgetNames(): void {
  names = 0;
  nameBytes = 0;
  memory.fill(slotsAt, 0, NAME_SLOTS * 4);
  memory.fill(followersAt, 0, MOST_NAMES * 4);
}

/** Whether a quarter of the room for names is left. */
export function roomForNames(): bool {
  return names < (MOST_NAMES >> 2) * 3 && nameBytes < (NAME_BYTES >> 2) * 3;
}

/** The name that followed another one last time: names come in the same order as a rule. It may be none that there is. */
export function follower(name: i32): i32 {
  return load<i32>(followersAt + (name << 2));
}

export function follows(name: i32, next: i32): void {
  store<i32>(followersAt + (name << 2), next);
}

/** Whether a name is what stands there. */
export function isName(name: i32, start: usize, length: i32): bool {
  return name < names && nameLength(name) == length && equal(start, nameStart(name), length);
}

function equal(one: usize, other: usize, length: i32): bool {
  for (let compared = 0; compared < length; compared += 16) {
    const same = i8x16.bitmask(i8x16.eq(v128.load(one + compared), v128.load(other + compared)));
    const wanted = length - compared >= 16 ? 0xffff : (1 << (length - compared)) - 1;
    if ((same & wanted) != wanted) return false;
  }
  return true;
}

/** @returns the number of a name that is known; -1 for another, and where there is no telling */
export function findName(start: usize, length: i32): i32 {
  const mask = NAME_SLOTS - 1;
  let slot = firstSlot(start, length);
  for (let tries = 0; tries < 64; slot = (slot + 1) & mask, tries++) {
    const name = load<i32>(slotsAt + (slot << 2)) - 1;
    if (name < 0) return NONE;
    if (isName(name, start, length)) return name;
  }
  return NONE;
}

/** @returns the number of a name that is not known yet; -1 where there is no room for it */
export function learnName(start: usize, length: i32): i32 {
  const room = (length + 15) & ~15;
  if (names == MOST_NAMES || nameBytes + room > NAME_BYTES) return NONE;
  const mask = NAME_SLOTS - 1;
  let slot = firstSlot(start, length);
  for (let tries = 0; load<i32>(slotsAt + (slot << 2)) != 0; slot = (slot + 1) & mask) if (++tries == 64) return NONE;
  memory.copy(nameBytesAt + nameBytes, start, length);
  store<i32>(nameStartsAt + (names << 2), nameBytes);
  store<i32>(nameLengthsAt + (names << 2), length);
  nameBytes += room;
  store<i32>(slotsAt + (slot << 2), names + 1);
  return names++;
}

function firstSlot(start: usize, length: i32): i32 {
  let hash: u64 = seed ^ length;
  let left = length;
  let at = start;
  for (; left >= 8; left -= 8, at += 8) hash = mixed(hash ^ load<u64>(at));
  hash = mixed(hash ^ (load<u64>(at) & (((<u64>1) << (left << 3)) - 1)));
  return <i32>(hash >> SLOT_SHIFT);
}

function mixed(hash: u64): u64 {
  const product = hash * 0xd6e8feb86659fd93;
  return product ^ (product >> 32);
}
