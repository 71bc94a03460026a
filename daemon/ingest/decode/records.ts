import { isUtf8 } from 'node:buffer';
import { refuse, type Refusal } from '../admission.ts';
import { isObject, type JsonObject } from './json.ts';
import { Malformed } from './protobuf.ts';

/** One record of a body by its line (NDJSON) or place in the array, counted from 1. */
export interface RecordSink {
  record(line: number, fields: JsonObject): void;
  refused(line: number, refusal: Refusal): void;
}

const NEWLINE = 0x0a;
const MARK = Buffer.from('\u{FEFF}');

/** Walks NDJSON; a bad line costs that line, empty ones do not count as records. */
export function walkLines(body: Uint8Array, sink: RecordSink): void {
  const bytes = withoutMark(body);
  const clean = isUtf8(bytes);
  let line = 0;
  for (let start = 0; start < bytes.length;) {
    line++;
    const found = bytes.indexOf(NEWLINE, start);
    const end = found < 0 ? bytes.length : found;
    const slice = bytes.subarray(start, end);
    start = end + 1;
    if (!clean && !isUtf8(slice)) {
      sink.refused(line, refuse('bad_utf8', ''));
      continue;
    }
    const text = slice.toString();
    if (text.trim() !== '') walkLine(line, text, sink);
  }
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
export function walkArray(body: Uint8Array, sink: RecordSink): void {
  const bytes = withoutMark(body);
  if (!isUtf8(bytes)) throw new Malformed('the body is not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (error) {
    throw new Malformed(`the body is not JSON: ${error instanceof Error ? error.message.slice(0, 200) : ''}`);
  }
  if (typeof value !== 'object' || value === null) throw new Malformed('the body must be a JSON array of objects');
  (Array.isArray(value) ? value : [value]).forEach((entry: unknown, place) => walkValue(place + 1, entry, sink));
}

function walkValue(line: number, value: unknown, sink: RecordSink): void {
  if (isObject(value)) sink.record(line, value);
  else sink.refused(line, refuse('not_an_object', ''));
}

function withoutMark(body: Uint8Array): Buffer {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return bytes.subarray(0, 3).equals(MARK) ? bytes.subarray(3) : bytes;
}
