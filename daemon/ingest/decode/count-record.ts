import { Oversized } from './protobuf.ts';

/** Counts one record more of a body. @throws Oversized beyond the limit */
export function countRecord(records: number, most: number): number {
  if (records >= most) throw tooManyRecords(most);
  return records + 1;
}

export function tooManyRecords(most: number): Oversized {
  return new Oversized(`more than ${most} records (ingest.max_records) in one body`);
}
