/**
 * Reads protobuf. Nothing here goes past 32 bytes behind the input, and nobody looks for its end but who reads a message: one
 * that was not left exactly where it ends was not a message.
 */

/** Address at which reading stands. */
let at: usize = 0;
/** Something was read that is none of OTLP. */
let broken: bool = false;

export function startReading(address: usize): void {
  at = address;
  broken = false;
}

export function position(): usize {
  return at;
}

export function moveTo(address: usize): void {
  at = address;
}

/** Whether the message that ends there was read to its end, and not beyond. */
export function endsAt(end: usize): bool {
  return at == end && !broken;
}

/** Reads a varint of up to 10 bytes; of more than 64 bits the upper ones are lost. */
export function varint(): u64 {
  const first = load<u8>(at);
  if (first < 0x80) {
    at++;
    return first;
  }
  return longVarint();
}

function longVarint(): u64 {
  let value: u64 = 0;
  for (let shift: u64 = 0; shift < 70; shift += 7) {
    const byte = load<u8>(at++);
    value |= (<u64>(byte & 0x7f)) << shift;
    if (byte < 0x80) return value;
  }
  broken = true;
  return 0;
}

/** Reads a field number times 8 plus wire type. @returns 0, which no field has, for what is none */
export function tag(): u32 {
  const value = varint();
  if (value < 8 || value > 0xffffffff) broken = true;
  return broken ? 0 : <u32>value;
}

export function fixed64(): u64 {
  at += 8;
  return load<u64>(at - 8);
}

/**
 * Reads the length of a field, whose content is next.
 * @param limit where the message around it ends
 * @returns where the field ends; where it would go beyond the limit, the limit, where reading stands then, and the message is
 *   broken
 */
export function fieldEnd(limit: usize): usize {
  const size = varint();
  if (at <= limit && size <= <u64>(limit - at)) return at + <usize>size;
  broken = true;
  return (at = limit);
}

/** Where the content of the field passed last lies. */
export let fieldAt: usize = 0;
export let fieldLength: i32 = 0;

/** Passes over a field whose length is next, and keeps where its content lies. */
export function passField(limit: usize): void {
  const end = fieldEnd(limit);
  fieldAt = at;
  fieldLength = <i32>(end - at);
  at = end;
}

/** Passes over the content of a field. */
export function skip(tag: u32, limit: usize): void {
  const wire = tag & 7;
  if (wire == 0) varint();
  else if (wire == 2) at = fieldEnd(limit);
  else if (wire == 1) at += 8;
  else if (wire == 5) at += 4;
  else broken = true;
  // No loop over fields goes on after this.
  if (broken) at = limit;
}
