import { doubleOf } from './doubles';
import { readName } from './json-names';
import { nameLength } from './names';
import { endsOfPlain } from './plain-text';
import {
  ESCAPED,
  FALSE,
  hadName,
  input,
  kinds,
  LEFT,
  LONG_NUMBER,
  MOST_TOKENS,
  namesOf,
  newHolder,
  NULL,
  NUMBER,
  NUMBERS,
  numbers,
  OBJECT,
  setRange,
  starts,
  TEXT,
  TRUE,
} from './tape';

/**
 * Reads one JSON object, as predictions come. It knows the common case only. Whatever else there is, valid or not, it leaves to
 * `JSON.parse`, which also says what is wrong.
 *
 * A token is a member of the object, or of an object in it, or an element of an array of numbers in it.
 */

let tokens: i32 = 0;
/** Address at which reading stands. */
let at: usize = 0;

/**
 * @param from where the record starts in the input, and `to` where it ends
 * @returns how many tokens it has; -1 where it is left to others
 */
export function scan(from: i32, to: i32): i32 {
  tokens = 0;
  at = input + from;
  const end = input + to;
  // A zero behind the record: no text, number or run of blanks goes past it.
  const behind = load<u8>(end);
  store<u8>(end, 0);
  blanks();
  const whole = load<u8>(at) == 0x7b && members(false);
  if (whole) blanks();
  store<u8>(end, behind);
  return whole && at == end ? tokens : LEFT;
}

function blanks(): void {
  while (true) {
    const byte = load<u8>(at);
    if (byte > 0x20 || (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09)) return;
    at++;
  }
}

/** Members of an object whose brace is next. */
function members(within: bool): bool {
  const object = newHolder();
  at++;
  blanks();
  if (load<u8>(at) == 0x7d) {
    at++;
    return true;
  }
  while (true) {
    if (load<u8>(at) != 0x22) return false;
    const name = readName(++at);
    if (name < 0) return false;
    at += nameLength(name) + 1;
    // Of a name given twice the last counts.
    if (hadName(object, name, within)) return false;
    blanks();
    if (load<u8>(at) != 0x3a) return false;
    at++;
    blanks();
    if (!value(name, within)) return false;
    blanks();
    const next = load<u8>(at++);
    if (next == 0x7d) return true;
    if (next != 0x2c) return false;
    blanks();
  }
}

function value(name: i32, within: bool): bool {
  const token = tokens;
  if (token == MOST_TOKENS) return false;
  tokens = token + 1;
  store<i32>(namesOf + (token << 2), name);
  const byte = load<u8>(at);
  if (byte == 0x22) return text(token);
  if (byte == 0x2d || byte - 0x30 < 10) return number(token);
  if (byte == 0x6e) return word(token, NULL, 0x6c6c756e, 4);
  if (byte == 0x74) return word(token, TRUE, 0x65757274, 4);
  if (byte == 0x66) return word(token, FALSE, 0x736c6166, 5) && load<u8>(at - 1) == 0x65;
  if (byte == 0x7b && !within) {
    store<u8>(kinds + token, OBJECT);
    if (!members(true)) return false;
    store<i32>(starts + (token << 2), tokens);
    return true;
  }
  return byte == 0x5b && array(token);
}

/** `null`, `true` and `false` by their first four bytes. */
function word(token: i32, kind: u8, letters: u32, length: i32): bool {
  if (load<u32>(at) != letters) return false;
  store<u8>(kinds + token, kind);
  at += length;
  return true;
}

/** An array of numbers: anything else in it is left to others. */
function array(token: i32): bool {
  store<u8>(kinds + token, NUMBERS);
  at++;
  blanks();
  if (load<u8>(at) == 0x5d) at++;
  else
    while (true) {
      const byte = load<u8>(at);
      if ((byte != 0x2d && byte - 0x30 >= 10) || tokens == MOST_TOKENS || !number(tokens++)) return false;
      blanks();
      const next = load<u8>(at++);
      if (next == 0x5d) break;
      if (next != 0x2c) return false;
      blanks();
    }
  store<i32>(starts + (token << 2), tokens);
  return true;
}

/** A text whose quote is next. */
function text(token: i32): bool {
  at++;
  const start = at;
  let kind = TEXT;
  while (true) {
    const found = endsOfPlain(at);
    if (found == 0) {
      at += 16;
      continue;
    }
    at += ctz(found);
    const byte = load<u8>(at);
    if (byte == 0x22) break;
    if (byte != 0x5c || !escape()) return false;
    kind = ESCAPED;
  }
  store<u8>(kinds + token, kind);
  setRange(token, start, at);
  at++;
  return true;
}

/** Passes over an escape whose backslash is next; what it says is told apart later. @returns whether JSON has it */
function escape(): bool {
  const letter = load<u8>(at + 1);
  at += 2;
  if (letter == 0x22 || letter == 0x5c || letter == 0x2f || letter == 0x62 || letter == 0x66) return true;
  if (letter == 0x6e || letter == 0x72 || letter == 0x74) return true;
  if (letter != 0x75) return false;
  for (let digit = at, behind = at + 4; digit < behind; digit++) {
    const byte = load<u8>(digit);
    if (byte - 0x30 >= 10 && (byte | 0x20) - 0x61 >= 6) return false;
  }
  at += 4;
  return true;
}

/** A number as JSON has it, whose first character is next. */
function number(token: i32): bool {
  const start = at;
  let place = at;
  const negative = load<u8>(place) == 0x2d;
  if (negative) place++;
  const first = place;
  let mantissa: u64 = 0;
  let digit = load<u8>(place) - 0x30;
  if (digit >= 10) return false;
  do {
    mantissa = mantissa * 10 + digit;
    digit = load<u8>(++place) - 0x30;
  } while (digit < 10);
  // A zero alone may come first, and nothing behind it.
  if (load<u8>(first) == 0x30 && place - first > 1) return false;
  let digits = <i32>(place - first);
  let power = 0;
  if (digit + 0x30 == 0x2e) {
    const point = place++;
    digit = load<u8>(place) - 0x30;
    if (digit >= 10) return false;
    do {
      mantissa = mantissa * 10 + digit;
      digit = load<u8>(++place) - 0x30;
    } while (digit < 10);
    const behind = <i32>(place - point) - 1;
    power = -behind;
    digits += behind;
  }
  if ((load<u8>(place) | 0x20) == 0x65) {
    const sign = load<u8>(++place);
    if (sign == 0x2b || sign == 0x2d) place++;
    digit = load<u8>(place) - 0x30;
    if (digit >= 10) return false;
    let exponent = 0;
    do {
      if (exponent < 10000) exponent = exponent * 10 + digit;
      digit = load<u8>(++place) - 0x30;
    } while (digit < 10);
    power += sign == 0x2d ? -exponent : exponent;
  }
  at = place;
  const found = digits <= 19 ? doubleOf(mantissa, power) : NaN;
  if (found == found) {
    store<u8>(kinds + token, NUMBER);
    store<f64>(numbers + (token << 3), negative ? -found : found);
    return true;
  }
  store<u8>(kinds + token, LONG_NUMBER);
  setRange(token, start, place);
  return true;
}
