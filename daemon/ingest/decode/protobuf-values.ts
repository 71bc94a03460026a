import { DEEPEST, ElementRoom, TooDeep, type AnyValue, type AttributeSink } from './any-value.ts';
import type { ProtobufReader } from './protobuf.ts';

/** Tags of `KeyValue` and of `AnyValue` in opentelemetry/proto/common/v1/common.proto: field number times 8 plus wire type. */
const KEY = 0x0a;
const VALUE = 0x12;
const TEXT = 0x0a;
const BOOL = 0x10;
const INT = 0x18;
const DOUBLE = 0x21;
const ARRAY = 0x2a;
const KEY_VALUES = 0x32;
const BYTES = 0x3a;

/** Reads one `KeyValue`, whose tag is read already, into a sink. */
export function walkAttribute(reader: ProtobufReader, sink: AttributeSink): void {
  if (walkShort(reader, sink)) return;
  const outer = reader.enter();
  const end = reader.limit;
  sink.key.clear();
  let [from, to] = [end, end];
  while (reader.more) {
    const tag = reader.tag();
    if (tag === KEY) reader.range(sink.key);
    else if (tag === VALUE) {
      const around = reader.enter();
      [from, to] = [reader.at, reader.limit];
      reader.leave(around);
    } else reader.skip(tag);
  }
  reader.at = from;
  reader.limit = to;
  walkValue(reader, sink);
  reader.at = end;
  reader.limit = outer;
}

/**
 * The form in which nearly every attribute comes: the key, then the value, both short and nothing else.
 * @returns false where it is another; nothing is read then
 */
function walkShort(reader: ProtobufReader, sink: AttributeSink): boolean {
  const { bytes, at } = reader;
  if (reader.limit - at < 5) return false;
  const size = bytes[at]!;
  const keySize = bytes[at + 2]!;
  const end = at + 1 + size;
  const keyEnd = at + 3 + keySize;
  if (size > 0x7f || end > reader.limit || bytes[at + 1] !== KEY || keySize > 0x7f || keyEnd + 2 > end) return false;
  if (bytes[keyEnd] !== VALUE || keyEnd + 2 + bytes[keyEnd + 1]! !== end) return false;
  sink.key.set(bytes, at + 3, keyEnd);
  const from = keyEnd + 4;
  if (from <= end && bytes[keyEnd + 2] === TEXT && end === from + bytes[keyEnd + 3]!) {
    sink.text(bytes, from, end);
    reader.at = end;
    return true;
  }
  const outer = reader.limit;
  reader.at = keyEnd + 2;
  reader.limit = end;
  walkValue(reader, sink);
  reader.at = end;
  reader.limit = outer;
  return true;
}

/** Reads the `AnyValue` between `at` and `limit`: hands over one that is a single text, number or truth as it lies there, and any other as a whole. */
export function walkValue(reader: ProtobufReader, sink: AttributeSink): void {
  const start = reader.at;
  switch (reader.more ? reader.bytes[start]! : 0) {
    case TEXT: {
      reader.at++;
      const outer = reader.enter();
      const [from, to] = [reader.at, reader.limit];
      reader.leave(outer);
      if (!reader.more) return sink.text(reader.bytes, from, to);
      break;
    }
    case INT: {
      reader.at++;
      const value = readInteger(reader);
      if (!reader.more && typeof value === 'number') return sink.number(value);
      break;
    }
    case DOUBLE: {
      reader.at++;
      const value = reader.double();
      if (!reader.more) return sink.number(value);
      break;
    }
    default:
  }
  reader.at = start;
  const room = new ElementRoom();
  try {
    sink.value(readAnyValue(reader, 0, room), room.passedOver);
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error;
    sink.tooDeep();
  }
}

/** The `AnyValue` between `at` and `limit`; of several, as in any oneof, the last counts. */
function readAnyValue(reader: ProtobufReader, depth: number, room: ElementRoom): AnyValue {
  if (depth > DEEPEST) throw new TooDeep();
  let value: AnyValue = null;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === TEXT) value = reader.text();
    else if (tag === BOOL) value = reader.varint() !== 0;
    else if (tag === INT) value = readInteger(reader);
    else if (tag === DOUBLE) value = reader.double();
    else if (tag === ARRAY) value = readArray(reader, depth, room);
    else if (tag === KEY_VALUES) value = readMap(reader, depth, room);
    else if (tag === BYTES) value = reader.copy();
    else reader.skip(tag);
  }
  return value;
}

/** A signed 64-bit integer; a number where that is exact. */
function readInteger(reader: ProtobufReader): number | bigint {
  const unsigned = reader.varint();
  if (unsigned <= Number.MAX_SAFE_INTEGER) return unsigned;
  const signed = BigInt.asIntN(64, (BigInt(reader.high) << 32n) | BigInt(reader.low));
  return signed >= BigInt(Number.MIN_SAFE_INTEGER) && signed <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(signed)
    : signed;
}

function readArray(reader: ProtobufReader, depth: number, room: ElementRoom): AnyValue[] {
  const values: AnyValue[] = [];
  const outer = reader.enter();
  while (reader.more) {
    const tag = reader.tag();
    if (tag !== 0x0a || !room.take()) {
      reader.skip(tag);
      continue;
    }
    const around = reader.enter();
    values.push(readAnyValue(reader, depth + 1, room));
    reader.leave(around);
  }
  reader.leave(outer);
  return values;
}

function readMap(reader: ProtobufReader, depth: number, room: ElementRoom): Map<string, AnyValue> {
  const values = new Map<string, AnyValue>();
  const outer = reader.enter();
  while (reader.more) {
    const tag = reader.tag();
    if (tag !== 0x0a || !room.take()) reader.skip(tag);
    else readEntry(reader, values, depth, room);
  }
  reader.leave(outer);
  return values;
}

function readEntry(reader: ProtobufReader, into: Map<string, AnyValue>, depth: number, room: ElementRoom): void {
  let key = '';
  let value: AnyValue = null;
  const outer = reader.enter();
  while (reader.more) {
    const tag = reader.tag();
    if (tag === KEY) key = reader.text();
    else if (tag === VALUE) {
      const around = reader.enter();
      value = readAnyValue(reader, depth + 1, room);
      reader.leave(around);
    } else reader.skip(tag);
  }
  reader.leave(outer);
  into.set(key, value);
}
