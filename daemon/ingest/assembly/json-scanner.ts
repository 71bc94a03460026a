/**
 * Reads one JSON object, as predictions come, into a tape of tokens: AssemblyScript, compiled to WebAssembly, for 64-bit
 * integers and 16 bytes at a time. It knows the common case only. Whatever else there is, valid or not, it leaves to
 * `JSON.parse`, which also says what is wrong.
 *
 * A token is a member of the object, or of an object in it, or an element of an array of numbers in it. Objects and arrays
 * come before what they hold.
 */

const NUMBER: u8 = 0;
/** A number for `Number()`: more digits than 19, or beyond the normal doubles. Its range is that of its characters. */
const LONG_NUMBER: u8 = 1;
/** Its range is what stands between the quotes. */
const TEXT: u8 = 2;
/** The same, with escapes in it. */
const ESCAPED: u8 = 3;
const TRUE: u8 = 4;
const FALSE: u8 = 5;
const NULL: u8 = 6;
/** The start of its range is the token behind the last one that it holds. */
const OBJECT: u8 = 7;
const NUMBERS: u8 = 8;

const LEFT: i32 = -1;

const MOST_TOKENS: i32 = 16384;
const MOST_NAMES: i32 = 8192;
const NAME_SLOTS: i32 = 2 * MOST_NAMES;
/** Bytes of all names, each at a multiple of 16 with 16 to spare: they are compared 16 at a time. */
const NAME_BYTES: i32 = 512 * 1024;
const INPUT_BYTES: i32 = 256 * 1024;
/** Behind the input, as it is read 16 bytes at a time. */
const SLACK: i32 = 32;
const FIRST_POWER: i32 = -342;
const LAST_POWER: i32 = 308;

const inputAt = heap.alloc(INPUT_BYTES + SLACK);
const powersAt = heap.alloc((LAST_POWER - FIRST_POWER + 1) * 16);
const kindsAt = heap.alloc(MOST_TOKENS);
const namesAt = heap.alloc(MOST_TOKENS * 4);
const numbersAt = heap.alloc(MOST_TOKENS * 8);
const startsAt = heap.alloc(MOST_TOKENS * 4);
const endsAt = heap.alloc(MOST_TOKENS * 4);
const nameBytesAt = heap.alloc(NAME_BYTES + SLACK);
const nameStartsAt = heap.alloc(MOST_NAMES * 4);
const nameLengthsAt = heap.alloc(MOST_NAMES * 4);
/** By name: the one that followed it last time. */
const followersAt = heap.alloc(MOST_NAMES * 4);
/** By name: the object that had it last, of those at the top and of those within. */
const seenAt = heap.alloc(MOST_NAMES * 8);
const slotsAt = heap.alloc(NAME_SLOTS * 4);

let names: i32 = 0;
let nameBytes: i32 = 0;
/** The name read last. */
let last: i32 = 0;
let objects: i32 = 0;
let tokens: i32 = 0;
/** Address at which reading stands. */
let at: usize = 0;

export function inputAddress(): usize {
  return inputAt;
}
export function inputSize(): i32 {
  return INPUT_BYTES;
}
/** Of powers of five from 5^-342 to 5^308, 128 bits each, lower half first. */
export function powersAddress(): usize {
  return powersAt;
}
export function kindsAddress(): usize {
  return kindsAt;
}
export function namesAddress(): usize {
  return namesAt;
}
export function numbersAddress(): usize {
  return numbersAt;
}
export function startsAddress(): usize {
  return startsAt;
}
export function endsAddress(): usize {
  return endsAt;
}
export function nameStart(name: i32): usize {
  return nameBytesAt + load<u32>(nameStartsAt + (name << 2));
}
export function nameLength(name: i32): i32 {
  return load<i32>(nameLengthsAt + (name << 2));
}
export function mostNames(): i32 {
  return MOST_NAMES;
}
export function mostTokens(): i32 {
  return MOST_TOKENS;
}

/** Forgets all names. */
export function reset(): void {
  names = 0;
  nameBytes = 0;
  last = 0;
  objects = 0;
  memory.fill(slotsAt, 0, NAME_SLOTS * 4);
  memory.fill(followersAt, 0, MOST_NAMES * 4);
  memory.fill(seenAt, 0, MOST_NAMES * 8);
}

/**
 * @param from where the record starts in the input, and `to` where it ends
 * @returns how many tokens it has; -1 where it is left to others
 */
export function scan(from: i32, to: i32): i32 {
  tokens = 0;
  at = inputAt + from;
  const end = inputAt + to;
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
  const object = ++objects;
  at++;
  blanks();
  if (load<u8>(at) == 0x7d) {
    at++;
    return true;
  }
  while (true) {
    if (load<u8>(at) != 0x22) return false;
    at++;
    const name = readName();
    if (name < 0) return false;
    // Of a name given twice the last counts.
    const seen = seenAt + (name << 3) + (within ? 4 : 0);
    if (load<i32>(seen) == object) return false;
    store<i32>(seen, object);
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
  store<i32>(namesAt + (token << 2), name);
  const byte = load<u8>(at);
  if (byte == 0x22) return text(token);
  if (byte == 0x2d || byte - 0x30 < 10) return number(token);
  if (byte == 0x6e) return word(token, NULL, 0x6c6c756e, 4);
  if (byte == 0x74) return word(token, TRUE, 0x65757274, 4);
  if (byte == 0x66) return word(token, FALSE, 0x736c6166, 5) && load<u8>(at - 1) == 0x65;
  if (byte == 0x7b && !within) {
    store<u8>(kindsAt + token, OBJECT);
    if (!members(true)) return false;
    store<i32>(startsAt + (token << 2), tokens);
    return true;
  }
  return byte == 0x5b && array(token);
}

/** `null`, `true` and `false` by their first four bytes. */
function word(token: i32, kind: u8, letters: u32, length: i32): bool {
  if (load<u32>(at) != letters) return false;
  store<u8>(kindsAt + token, kind);
  at += length;
  return true;
}

/** An array of numbers: anything else in it is left to others. */
function array(token: i32): bool {
  store<u8>(kindsAt + token, NUMBERS);
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
  store<i32>(startsAt + (token << 2), tokens);
  return true;
}

/** Whether a byte ends the run of plain ones in a text. */
function ends(bytes: v128): i32 {
  const quotes = i8x16.eq(bytes, i8x16.splat(0x22));
  const slashes = i8x16.eq(bytes, i8x16.splat(0x5c));
  const controls = i8x16.lt_u(bytes, i8x16.splat(0x20));
  return i8x16.bitmask(v128.or(v128.or(quotes, slashes), controls));
}

/** A text whose quote is next. */
function text(token: i32): bool {
  at++;
  const start = at;
  let kind = TEXT;
  while (true) {
    const found = ends(v128.load(at));
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
  store<u8>(kindsAt + token, kind);
  store<u32>(startsAt + (token << 2), <u32>(start - inputAt));
  store<u32>(endsAt + (token << 2), <u32>(at - inputAt));
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

/** The number of a name, whose first character is next; -1 for one with escapes, and where there are too many. */
function readName(): i32 {
  const guess = load<i32>(followersAt + (last << 2));
  if (guess < names && isName(guess)) {
    at += nameLength(guess) + 1;
    return (last = guess);
  }
  const start = at;
  while (true) {
    const found = ends(v128.load(at));
    if (found != 0) {
      at += ctz(found);
      break;
    }
    at += 16;
  }
  if (load<u8>(at) != 0x22) return LEFT;
  const found = findName(start, <i32>(at - start));
  if (found < 0) return LEFT;
  at++;
  store<i32>(followersAt + (last << 2), found);
  return (last = found);
}

/** Whether the name stands next, with the quote behind it. */
function isName(name: i32): bool {
  const length = nameLength(name);
  return load<u8>(at + length) == 0x22 && equal(at, nameStart(name), length);
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
  return LEFT;
}

/** Names that begin with a digit are left to others: `JSON.parse` puts those that are indexes first. */
function learn(start: usize, length: i32, slot: i32): i32 {
  const room = (length + 15) & ~15;
  if (names == MOST_NAMES || nameBytes + room > NAME_BYTES || load<u8>(start) - 0x30 < 10) return LEFT;
  memory.copy(nameBytesAt + nameBytes, start, length);
  store<i32>(nameStartsAt + (names << 2), nameBytes);
  store<i32>(nameLengthsAt + (names << 2), length);
  nameBytes += room;
  store<i32>(slotsAt + (slot << 2), names + 1);
  return names++;
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
  if (digits <= 19 && finish(token, mantissa, power, negative)) return true;
  store<u8>(kindsAt + token, LONG_NUMBER);
  store<u32>(startsAt + (token << 2), <u32>(start - inputAt));
  store<u32>(endsAt + (token << 2), <u32>(place - inputAt));
  return true;
}

/** @returns false where the nearest double takes more than this to find */
function finish(token: i32, mantissa: u64, power: i32, negative: bool): bool {
  let nearest: f64;
  // Both exact: one rounding gives the nearest.
  if (mantissa < 1 << 53 && power >= -22 && power <= 22)
    nearest = power < 0 ? <f64>mantissa / exactPower(-power) : <f64>mantissa * exactPower(power);
  else {
    if (mantissa == 0 || power < FIRST_POWER || power > LAST_POWER) return false;
    nearest = nearestDouble(mantissa, power);
    if (nearest == 0) return false;
  }
  store<u8>(kindsAt + token, NUMBER);
  store<f64>(numbersAt + (token << 3), negative ? -nearest : nearest);
  return true;
}

const exactPowersAt = heap.alloc(23 * 8);
for (let power = 0, exact: f64 = 1; power < 23; power++, exact *= 10) store<f64>(exactPowersAt + (power << 3), exact);

function exactPower(power: i32): f64 {
  return load<f64>(exactPowersAt + (power << 3));
}

/**
 * The double nearest to mantissa x 10^power, after Lemire, "Number parsing at a gigabyte per second" (2021), section 5; 0
 * where it is no normal one.
 */
function nearestDouble(mantissa: u64, power: i32): f64 {
  const shift = clz(mantissa);
  const normal = mantissa << shift;
  const five = powersAt + ((power - FIRST_POWER) << 4);
  const upper = load<u64>(five + 8);
  let high = highProduct(normal, upper);
  let low = normal * upper;
  // The lower half of the power matters only where the bits below the result are all ones.
  if ((high & 0x1ff) == 0x1ff) {
    const carry = highProduct(normal, load<u64>(five));
    low += carry;
    if (low < carry) high++;
  }
  const upperBit = <i32>(high >> 63);
  let bits = high >> (upperBit + 9);
  let exponent = ((217706 * power) >> 16) + 63 + upperBit - <i32>shift + 1023;
  if (exponent <= 0) return 0;
  // Exactly half way between two doubles: to the even one.
  if (low <= 1 && power >= -4 && power <= 23 && (bits & 3) == 1 && bits << (upperBit + 9) == high) bits &= ~1;
  bits += bits & 1;
  bits >>= 1;
  if (bits >= 1 << 53) {
    bits = 1 << 52;
    exponent++;
  }
  if (exponent >= 0x7ff) return 0;
  return reinterpret<f64>((bits & ((1 << 52) - 1)) | ((<u64>exponent) << 52));
}

/** The upper half of a product of 128 bits. */
function highProduct(one: u64, other: u64): u64 {
  const oneLow = one & 0xffffffff;
  const oneHigh = one >> 32;
  const otherLow = other & 0xffffffff;
  const otherHigh = other >> 32;
  const middle = oneHigh * otherLow + ((oneLow * otherLow) >> 32);
  const crossed = oneLow * otherHigh + (middle & 0xffffffff);
  return oneHigh * otherHigh + (middle >> 32) + (crossed >> 32);
}
