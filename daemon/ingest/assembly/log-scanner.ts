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
  startReading,
  tag,
  varint,
} from './protobuf';
import {
  FALSE,
  hadName,
  input,
  kinds,
  LEFT,
  MOST_TOKENS,
  namesOf,
  newHolder,
  NULL,
  NUMBER,
  numbers,
  setRange,
  TEXT,
  TRUE,
} from './tape';
import { isUtf8 } from './utf8';

/**
 * Reads one `LogRecord` (opentelemetry/proto/logs/v1/logs.proto) that is a prediction: a token is an attribute whose key starts with
 * `ml.`, each key once, and its value is no array, map or bytes. All else is left to the reader in JavaScript, which also says what
 * is wrong.
 */

const LONGEST_KEY: i32 = 256;

/** Address, for the host too, of when it happened and when it was seen, 64 bits each, and of the ranges of its trace id and span id. */
export const logHead = heap.alloc(32);
const TRACE_ID: usize = 16;
const SPAN_ID: usize = 24;

/** The key read last, which the next one likely follows. */
let last: i32 = 0;
let tokens: i32 = 0;
/** The number of the record in hand. */
let record: i32 = 0;

export function forgetLogNames(): void {
  last = 0;
}

/**
 * @param from where the record starts in the input, and `to` where it ends
 * @returns how many tokens it has; -1 where it is left to others
 */
export function scanLog(from: i32, to: i32): i32 {
  tokens = 0;
  record = newHolder();
  memory.fill(logHead, 0, 32);
  startReading(input + from);
  const end = input + to;
  while (position() < end) {
    const field = tag();
    if (field == 0x32) {
      if (!attribute(end)) return LEFT;
    } else if (field == 0x09) store<u64>(logHead, fixed64());
    else if (field == 0x59) store<u64>(logHead + 8, fixed64());
    else if (field == 0x4a) id(TRACE_ID, end);
    else if (field == 0x52) id(SPAN_ID, end);
    else skip(field, end);
  }
  return endsAt(end) ? tokens : LEFT;
}

/** Keeps where an id lies. */
function id(which: usize, limit: usize): void {
  passField(limit);
  store<u32>(logHead + which, <u32>(fieldAt - input));
  store<u32>(logHead + which + 4, <u32>(fieldAt - input) + fieldLength);
}

/** Reads one `KeyValue`, whose length is next. */
function attribute(limit: usize): bool {
  const end = fieldEnd(limit);
  let keyAt = end;
  let keyLength = 0;
  let valueAt = end;
  let valueEnd = end;
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
  if (!endsAt(end) || tokens == MOST_TOKENS) return false;
  const token = tokens;
  if (!value(token, valueAt, valueEnd)) return false;
  moveTo(end);
  // What others mean by their keys says nothing about a prediction.
  if (keyLength < 3 || (load<u32>(keyAt) & 0xffffff) != 0x2e6c6d) return true;
  const name = keyLength > LONGEST_KEY ? NONE : keyName(keyAt, keyLength);
  if (name < 0 || hadName(record, name, false)) return false;
  store<i32>(namesOf + (token << 2), name);
  tokens = token + 1;
  return true;
}

/** @returns the number of a key; -1 for one that is not UTF-8, and where there are too many */
function keyName(from: usize, length: i32): i32 {
  const guess = follower(last);
  if (isName(guess, from, length)) return (last = guess);
  let name = findName(from, length);
  if (name < 0 && isUtf8(from, length)) name = learnName(from, length);
  if (name < 0) return NONE;
  follows(last, name);
  return (last = name);
}

/** Reads the `AnyValue` between two addresses. */
function value(token: i32, from: usize, end: usize): bool {
  if (from == end) return kind(token, NULL);
  moveTo(from + 1);
  switch (load<u8>(from)) {
    case 0x0a: {
      const behind = fieldEnd(end);
      setRange(token, position(), behind);
      moveTo(behind);
      return endsAt(end) && kind(token, TEXT);
    }
    case 0x10: {
      const truth = varint() != 0;
      return endsAt(end) && kind(token, truth ? TRUE : FALSE);
    }
    case 0x18: {
      const whole = <i64>varint();
      return endsAt(end) && number(token, <f64>whole);
    }
    case 0x21: {
      const bits = fixed64();
      return endsAt(end) && number(token, reinterpret<f64>(bits));
    }
  }
  return false;
}

function number(token: i32, value: f64): bool {
  store<f64>(numbers + (token << 3), value);
  return kind(token, NUMBER);
}

function kind(token: i32, kind: u8): bool {
  store<u8>(kinds + token, kind);
  return true;
}
