import { isUtf8 } from 'node:buffer';
import { refuse, type Refusal } from '../records/admission.ts';
import { tooManyRecords } from './count-record.ts';
import { checkJsonSize, isObject, withoutMark, type JsonObject } from './json.ts';
import { Malformed } from './protobuf.ts';
import { shown } from './shown.ts';

/** One record of a body by its line (NDJSON) or place in the array, counted from 1. */
export interface RecordSink {
  /**
   * Takes a line of NDJSON, valid UTF-8, as it lies in the body, where it can.
   * @returns whether it did; it comes as a `record` otherwise
   */
  bytes?(line: number, body: Uint8Array, start: number, end: number): boolean;
  record(line: number, fields: JsonObject): void;
  refused(line: number, refusal: Refusal): void;
}

/** What one body may hold. */
export interface RecordLimits {
  readonly maxRecords: number;
  readonly maxLineBytes: number;
}

const NEWLINE = 0x0a;

/** Walks NDJSON; a bad line costs that line, empty ones do not count as records. */
export function walkLines(body: Uint8Array, sink: RecordSink, { maxRecords, maxLineBytes }: RecordLimits): void {
  const bytes = withoutMark(body);
  checkLines(bytes, maxRecords);
  const clean = isUtf8(bytes);
  let line = 0;
  for (let start = 0; start < bytes.length;) {
    line++;
    const found = bytes.indexOf(NEWLINE, start);
    const end = found < 0 ? bytes.length : found;
    const from = start;
    start = end + 1;
    if (end - from > maxLineBytes) {
      sink.refused(line, refuse('line_too_long', '', `${end - from} bytes, at most ${maxLineBytes}`));
      continue;
    }
    if (!clean && !isUtf8(bytes.subarray(from, end))) {
      sink.refused(line, refuse('bad_utf8', ''));
      continue;
    }
    if (sink.bytes?.(line, bytes, from, end) === true) continue;
    const text = bytes.toString('utf8', from, end);
    if (text.trim() !== '') walkLine(line, text, sink);
  }
}

/** Before any record is taken: a body is refused whole. */
function checkLines(bytes: Buffer, most: number): void {
  if (bytes.length <= most) return;
  let lines = 1;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  if (lines > most + 1) throw tooManyRecords(most);
}

function walkLine(line: number, text: string, sink: RecordSink): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    sink.refused(
      line,
      refuse('bad_json', '', `not JSON: ${error instanceof Error ? error.message.slice(0, 200) : ''}`),
    );
    return;
  }
  walkValue(line, value, sink);
}

/** Walks a JSON array of records; a single object counts as an array of one. @throws Malformed when it is neither */
export function walkArray(body: Uint8Array, sink: RecordSink, { maxRecords }: RecordLimits): void {
  const bytes = withoutMark(body);
  if (!isUtf8(bytes)) throw new Malformed('the body is not UTF-8');
  checkJsonSize(bytes);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (error) {
    throw new Malformed(`the body is not JSON: ${error instanceof Error ? error.message.slice(0, 200) : ''}`);
  }
  if (typeof value !== 'object' || value === null) throw new Malformed('the body must be a JSON array of objects');
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (entries.length > maxRecords) throw tooManyRecords(maxRecords);
  entries.forEach((entry, place) => walkValue(place + 1, entry, sink));
}

function walkValue(line: number, value: unknown, sink: RecordSink): void {
  if (isObject(value)) sink.record(line, value);
  else if (Array.isArray(value))
    sink.refused(
      line,
      refuse('not_an_object', '', 'a record is a JSON object, not an array; send arrays as application/json'),
    );
  else sink.refused(line, refuse('not_an_object', '', `a record is a JSON object, not ${shown(value)}`));
}

/** A whole number of 16 digits or more behind the name of the field; where it stands in a text, its quotes are escaped. */
const WIDE = /("label"\s*:\s*)(-?[1-9]\d{15,})(?=\s*[,}])/g;

/**
 * JSON of labels in which whole numbers that a double might not hold are texts: labels are compared as text, and a number of an
 * account or a class may have more than 15 digits.
 */
export function exactLabels(body: Uint8Array): Uint8Array {
  // One character a byte, so that every byte comes out as it went in.
  const text = withoutMark(body).toString('latin1');
  const exact = text.replace(WIDE, '$1"$2"');
  return exact === text ? body : Buffer.from(exact, 'latin1');
}
