import { LONGEST_NUMBER, writeDouble, writeInteger } from './decimals';
import { copy, fits, next, push32 } from './runs';
import { findName, follower, follows, isName, learnName, NONE } from './names';
import {
  endsAt,
  fieldAt,
  fieldEnd,
  fieldLength,
  fixed64,
  moveTo,
  passField,
  position,
  skip,
  tag,
  varint,
} from './protobuf';
import { finish, pushText } from './texts';
import { isUtf8 } from './utf8';

/**
 * Has the host write the text of a value between two addresses to `scratch`, and say how many bytes it is; -1 where it is left
 * to others.
 */
declare function textOf(from: usize, to: usize): i32;

const LONGEST_KEY: i32 = 256;
const MOST_SCRATCH: i32 = 65536;

export const scratch = heap.alloc(MOST_SCRATCH + 64);
export const SCRATCH_SIZE: i32 = MOST_SCRATCH;

/** Most attributes of one record, and most bytes of one of their values. */
let mostAttributes: i32 = 0;
export let mostBytes: i32 = 0;

/** Of the record in hand. */
let count: i32 = 0;
/** The name of the attribute before. */
let last: i32 = 0;

export function limitAttributes(attributes: i32, bytes: i32): void {
  mostAttributes = attributes;
  mostBytes = bytes;
}

/** Begins the attributes of another record. @param after the name that their first key likely follows */
export function beginAttributes(after: i32): void {
  count = 0;
  last = after;
}

/** What `goOnWithAttributes` needs to go on with this record behind another. */
export function attributesInHand(): u64 {
  return ((<u64>count) << 32) | last;
}

export function goOnWithAttributes(inHand: u64): void {
  count = <i32>(inHand >> 32);
  last = <i32>inHand;
}

/** Where the key of the attribute read last lies. */
export let keyAt: usize = 0;
export let keyLength: i32 = 0;

/**
 * Reads one `KeyValue`, whose length is next, behind others.
 * @param prefix length of what stands at `scratch` and goes before the key
 * @returns whether it did: everything is left to others otherwise
 */
export function readAttribute(keys: usize, values: usize, prefix: i32, limit: usize): bool {
  const end = fieldEnd(limit);
  let valueAt = end;
  let valueEnd = end;
  keyAt = end;
  keyLength = 0;
  while (position() < end) {
    const field = tag();
    if (field == 0x0a) {
      passField(end);
      keyAt = fieldAt;
      keyLength = fieldLength;
    } else if (field == 0x12) {
      valueEnd = fieldEnd(end);
      valueAt = position();
      moveTo(valueEnd);
    } else skip(field, end);
  }
  if (!endsAt(end) || keyLength > LONGEST_KEY || ++count > mostAttributes) return false;
  const name = prefix == 0 ? keyName(keyAt, keyLength) : prefixedName(prefix);
  if (name < 0 || !fits(keys, 4)) return false;
  push32(keys, name);
  if (!readValue(values, valueAt, valueEnd)) return false;
  moveTo(end);
  return true;
}

/** The number of a key; the one that followed last time is compared first. */
function keyName(from: usize, length: i32): i32 {
  const guess = follower(last);
  if (isName(guess, from, length)) return (last = guess);
  const name = nameOf(from, length);
  if (name >= 0) follows(last, name);
  return (last = max(name, 0)) | (name >> 31);
}

function prefixedName(prefix: i32): i32 {
  copy(scratch + prefix, keyAt, keyLength);
  return nameOf(scratch, prefix + keyLength);
}

/** @returns the number of a text; -1 for what is not UTF-8, and where there are too many */
export function nameOf(from: usize, length: i32): i32 {
  const name = findName(from, length);
  if (name >= 0) return name;
  return isUtf8(from, length) ? learnName(from, length) : NONE;
}

/** Writes the text of an `AnyValue`. */
function readValue(values: usize, from: usize, end: usize): bool {
  if (from == end) return pushText(values, from, 0);
  moveTo(from + 1);
  switch (load<u8>(from)) {
    case 0x0a: {
      const behind = fieldEnd(end);
      const length = <i32>(behind - position());
      if (behind != end) break;
      return endsAt(behind - length) && length <= mostBytes && pushText(values, behind - length, length);
    }
    case 0x10: {
      const truth = varint() != 0;
      if (position() != end) break;
      return endsAt(end) && pushWord(values, truth ? 0x65757274 : 0x65736c6166, truth ? 4 : 5);
    }
    case 0x18: {
      const value = varint();
      if (position() != end) break;
      return endsAt(end) && pushInteger(values, value);
    }
    case 0x21: {
      const value = fixed64();
      if (position() != end) break;
      return pushDouble(values, reinterpret<f64>(value));
    }
  }
  const length = textOf(from, end);
  return length >= 0 && length <= mostBytes && pushText(values, scratch, length);
}

/** Writes a word by its letters, the first one lowest. */
function pushWord(values: usize, letters: u64, length: i32): bool {
  store<u64>(scratch, letters);
  return pushText(values, scratch, length);
}

function pushInteger(values: usize, value: i64): bool {
  if (!fits(values, LONGEST_NUMBER + 1) || !fits(values + 12, 4)) return false;
  const to = next(values);
  return finishNumber(values, to, writeInteger(to + 1, value));
}

function pushDouble(values: usize, value: f64): bool {
  if (!fits(values, LONGEST_NUMBER + 1) || !fits(values + 12, 4)) return false;
  const to = next(values);
  return finishNumber(values, to, writeDouble(to + 1, value));
}

/** A long number would be cut where attributes may be very short. */
function finishNumber(values: usize, to: usize, end: usize): bool {
  const length = <i32>(end - to - 1);
  store<u8>(to, length);
  finish(values, end);
  return length <= mostBytes;
}
