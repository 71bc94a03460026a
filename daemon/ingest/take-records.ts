import type { JsonObject } from './decode/json.ts';
import type { RecordSink, walkLines } from './decode/records.ts';
import type { Refusal } from './records/admission.ts';
import type { Outcome } from './spool/segment.ts';
import type { Taking } from './take-body.ts';

/** Most refused lines that an answer names. */
const MOST_ERRORS = 100;

/**
 * Walks the records of a body and counts what is taken and what is refused.
 * @param take a record that was parsed
 * @param takeBytes a line as it lies in the body; undefined where it must be parsed
 */
export function takeRecords(
  walk: typeof walkLines,
  body: Uint8Array,
  { tally, limits }: Pick<Taking, 'tally' | 'limits'>,
  take: (fields: JsonObject) => Refusal | undefined,
  takeBytes?: (body: Uint8Array, start: number, end: number) => { readonly refusal: Refusal | undefined } | undefined,
): Outcome {
  let [accepted, rejected] = [0, 0];
  const errors: { line: number; field: string; reason: string; message: string }[] = [];
  const taken = (line: number, refusal: Refusal | undefined): void => {
    if (refusal === undefined) accepted++;
    else sink.refused(line, refusal);
  };
  const sink: RecordSink = {
    bytes(line, bytes, start, end) {
      const found = takeBytes?.(bytes, start, end);
      if (found !== undefined) taken(line, found.refusal);
      return found !== undefined;
    },
    record(line, fields) {
      taken(line, take(fields));
    },
    refused(line, refusal) {
      rejected++;
      tally.count(refusal.reason);
      if (errors.length < MOST_ERRORS) errors.push({ line, ...refusal });
    },
  };
  walk(body, sink, { maxRecords: limits.max_records, maxLineBytes: limits.max_line_bytes });
  return { accepted, rejected, errors, message: '' };
}
