import { isUtf8 } from 'node:buffer';
import type { ByteRange } from './byte-range.ts';
import { DEEPEST, ElementRoom, TooDeep, type AnyValue, type AttributeSink } from './any-value.ts';
import { Malformed, Oversized } from './protobuf.ts';
import { shown } from './shown.ts';

/** A JSON object whose keys are not trusted: read own keys only. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Objects, arrays and their members of one body: each costs far more memory than bytes. */
const MOST_VALUES = 8_000_000;

/** Refuses JSON of too many values before it is parsed; texts are not told apart, so it may count too many. @throws Oversized */
export function checkJsonSize(body: Uint8Array): void {
  if (body.length <= MOST_VALUES) return;
  let values = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]!;
    if (byte === COMMA || byte === OPEN_ARRAY || byte === OPEN_OBJECT) values++;
  }
  if (values > MOST_VALUES) throw new Oversized(`the body holds more than ${MOST_VALUES} JSON values`);
}

const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;

/**
 * Parses an OTLP/JSON body. Whole numbers of 16 digits and more become texts before, as a double cannot hold them all.
 * @throws Malformed
 */
export function parseOtlpJson(body: Uint8Array): JsonObject {
  const bytes = withoutMark(body);
  if (!isUtf8(bytes)) throw new Malformed('the body is not UTF-8');
  checkJsonSize(bytes);
  const json = bytes.toString();
  let parsed: unknown;
  try {
    parsed = JSON.parse(/[[:,\s]-?\d{16}/.test(json) ? quoteLongNumbers(json) : json);
  } catch (error) {
    throw new Malformed(`the body is not JSON: ${error instanceof Error ? error.message.slice(0, 200) : ''}`);
  }
  return object(parsed, 'the body');
}

const MARK = Buffer.from('\u{FEFF}');

/** A body without the byte-order mark that some editors put in front. */
export function withoutMark(body: Uint8Array): Buffer {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return bytes.subarray(0, 3).equals(MARK) ? bytes.subarray(3) : bytes;
}

/** Puts quotes around whole numbers of 16 digits and more outside of texts. */
export function quoteLongNumbers(json: string): string {
  const parts: string[] = [];
  let copied = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json[at]!;
    if (char === '"') {
      for (at++; at < json.length && json[at] !== '"'; at++) if (json[at] === '\\') at++;
    } else if (char === '-' || (char >= '0' && char <= '9')) {
      const start = at;
      while (at < json.length && /[-+.eE0-9]/.test(json[at]!)) at++;
      const number = json.slice(start, at);
      if (/^-?\d{16,}$/.test(number)) {
        parts.push(json.slice(copied, start), `"${number}"`);
        copied = at;
      }
      at--;
    }
  }
  parts.push(json.slice(copied));
  return parts.join('');
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function object(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw new Malformed(`${what} must be an object, not ${shown(value)}`);
  return value;
}

/** A repeated field; absent and null mean none. */
export function list(from: JsonObject, field: string): readonly unknown[] {
  const value = from[field];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Malformed(`${field} must be an array, not ${shown(value)}`);
  return value;
}

export function text(from: JsonObject, field: string): string {
  const value = from[field];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new Malformed(`${field} must be a text, not ${shown(value)}`);
  return value;
}

/** An id in hexadecimal; whether it is one is for admission to say. */
export function id(from: JsonObject, field: string, into: ByteRange): void {
  into.setHex(text(from, field));
}

/** An unsigned 64-bit integer, given as a number or as decimal text, in halves. */
export function unsigned64(from: JsonObject, field: string): readonly [low: number, high: number] {
  const value = from[field] ?? 0;
  const digits = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof digits !== 'string' || !/^\d{1,20}$/.test(digits) || BigInt(digits) >> 64n !== 0n)
    throw new Malformed(`${field} must be an unsigned 64-bit integer, not ${shown(value)}`);
  const exact = BigInt(digits);
  return [Number(exact & 0xff_ff_ff_ffn), Number(exact >> 32n)];
}

/** An unsigned 32-bit integer, given as a number or as decimal text. */
export function unsigned32(from: JsonObject, field: string): number {
  if (from[field] === undefined) return 0;
  const [low, high] = unsigned64(from, field);
  if (high !== 0) throw new Malformed(`${field} must be an unsigned 32-bit integer, not ${shown(from[field])}`);
  return low;
}

/** An enum by its number; by its name too, as other producers of Protobuf JSON write it. */
export function enumeration(from: JsonObject, field: string, prefix: string, names: readonly string[]): number {
  const value = from[field] ?? 0;
  // What is no number of the enum counts as unspecified, as in protobuf.
  if (typeof value === 'number') return Number.isInteger(value) && value > 0 ? value : 0;
  return Math.max(
    0,
    names.findIndex((name) => `${prefix}${name.toUpperCase()}` === value),
  );
}

/** Reads `KeyValue`s into a sink. */
export function walkAttributes(from: JsonObject, field: string, sink: AttributeSink): void {
  for (const entry of list(from, field)) {
    const keyValue = object(entry, field);
    sink.key.setText(text(keyValue, 'key'));
    const room = new ElementRoom();
    try {
      sink.value(readAnyValue(keyValue['value'], 0, room), room.passedOver);
    } catch (error) {
      if (!(error instanceof TooDeep)) throw error;
      sink.tooDeep();
    }
  }
}

/** Of an `AnyValue` at most one field is set; null is none. */
function readAnyValue(value: unknown, depth: number, room: ElementRoom): AnyValue {
  if (depth > DEEPEST) throw new TooDeep();
  if (value === undefined || value === null) return null;
  const given = object(value, 'value');
  if (isSet(given, 'stringValue')) return text(given, 'stringValue');
  if (isSet(given, 'intValue')) return readInteger(given['intValue']);
  if (isSet(given, 'doubleValue')) return readDouble(given['doubleValue']);
  if (isSet(given, 'boolValue')) return readTruth(given['boolValue']);
  if (isSet(given, 'bytesValue')) return readBytes(text(given, 'bytesValue'));
  if (isSet(given, 'arrayValue')) return readArray(object(given['arrayValue'], 'arrayValue'), depth, room);
  if (isSet(given, 'kvlistValue')) return readMap(object(given['kvlistValue'], 'kvlistValue'), depth, room);
  return null;
}

function isSet(from: JsonObject, field: string): boolean {
  return from[field] !== undefined && from[field] !== null;
}

function readArray(from: JsonObject, depth: number, room: ElementRoom): AnyValue[] {
  const values: AnyValue[] = [];
  for (const inner of list(from, 'values')) if (room.take()) values.push(readAnyValue(inner, depth + 1, room));
  return values;
}

function readMap(from: JsonObject, depth: number, room: ElementRoom): AnyValue {
  const values = new Map<string, AnyValue>();
  for (const inner of list(from, 'values')) {
    if (!room.take()) continue;
    const entry = object(inner, 'values');
    values.set(text(entry, 'key'), readAnyValue(entry['value'], depth + 1, room));
  }
  return values;
}

function readTruth(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Malformed(`boolValue must be true or false, not ${shown(value)}`);
  return value;
}

/** Base64 of either alphabet, padded or not, as Protobuf's JSON has it. */
function readBytes(base64: string): Buffer {
  if (!/^[\w+/-]*={0,2}$/.test(base64)) throw new Malformed(`bytesValue must be base64, not ${shown(base64)}`);
  return Buffer.from(base64, 'base64');
}

/** The first whole number beyond 64 bits with a sign. */
const INT64 = 2 ** 63;

function readInteger(value: unknown): number | bigint {
  if (typeof value === 'number' && Number.isInteger(value) && value >= -INT64 && value < INT64) return value;
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value))
    throw new Malformed(`intValue must be a 64-bit integer, not ${shown(value)}`);
  const exact = BigInt(value);
  if (exact !== BigInt.asIntN(64, exact)) throw new Malformed(`intValue must be a 64-bit integer, not ${shown(value)}`);
  return Number.isSafeInteger(Number(value)) ? Number(value) : exact;
}

function readDouble(value: unknown): number {
  // Protobuf's JSON writes what JSON has no number for as text.
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || (Number.isNaN(number) && value !== 'NaN'))
    throw new Malformed(`doubleValue must be a number, not ${shown(value)}`);
  return number;
}
