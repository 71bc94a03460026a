import type { Window } from '../../detectors/terms.ts';

/** By what the store tells the rows of one spool segment from all others, without the deduplication token. */
export interface SegmentTraces {
  /** In the column `segment` of predictions and labels. */
  readonly number: number;
  /** In the marks among the rollups: see `ingest/spool/segment-marks.ts`. */
  readonly mark: number;
  /** Between which its spans began; null for none. Unix milliseconds. */
  readonly spans: Window | null;
}

/**
 * Per table that segments are loaded into: which columns tell a row from the others of its segment, and where the rows of a
 * segment are. A part is written whole or not at all, and a bucket lies in one part: its mark is there with all of its rows.
 */
const TRACES: Readonly<Record<string, { readonly row: string; readonly where: string }>> = {
  otel_traces: {
    row: 'TraceId, SpanId, Timestamp',
    where: 'Timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND Timestamp <= fromUnixTimestamp64Milli({to:Int64})',
  },
  span_minutes: {
    row: 'bucket',
    where: `service = '\\0segment' AND operation = '' AND mapContains(durations, {mark:Int32})`,
  },
  predictions: { row: 'model, version, role, prediction_id', where: 'segment = {number:UInt64}' },
  prediction_minutes: {
    row: 'bucket',
    where: `model = '' AND kind = 'segment' AND mapContains(numbers, {mark:Int32})`,
  },
  labels: { row: 'prediction_id, timestamp, label, source', where: 'segment = {number:UInt64}' },
};

/**
 * The condition under which a row of the segment is not in the table yet, and its parameters.
 * @param table quoted, with its database
 * @throws for a table that no segment is loaded into
 */
export function isAbsent(
  name: string,
  table: string,
  { number, mark, spans }: SegmentTraces,
): { readonly condition: string; readonly parameters: Readonly<Record<string, number>> } {
  const traces = TRACES[name];
  if (traces === undefined) throw new Error(`no segment is loaded into the table ${name}`);
  const { row, where } = traces;
  return {
    condition: `(${row}) NOT IN (SELECT ${row} FROM ${table} WHERE ${where})`,
    parameters: { number, mark, from: Math.floor(spans?.from ?? 0), to: Math.ceil(spans?.to ?? 0) },
  };
}
