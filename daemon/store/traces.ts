import type { Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';

export interface SpanRow {
  readonly timestamp: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  readonly operation: string;
  readonly durationMs: number;
  readonly status: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Row {
  readonly at: number;
  readonly trace: string;
  readonly span: string;
  readonly service: string;
  readonly operation: string;
  readonly duration: number;
  readonly status: string;
  readonly attributes: Record<string, string>;
}

const COLUMNS = `toUnixTimestamp64Milli(Timestamp) AS at, TraceId AS trace, SpanId AS span, ServiceName AS service, SpanName AS operation,
  Duration / 1e6 AS duration, StatusCode AS status, SpanAttributes AS attributes`;

/** Spans of one trace that are shown: more are the work of a loop. */
const MOST_OF_A_TRACE = 1000;

/** The slowest spans of a service in a window, or its failed ones, slowest first. */
export async function readSlowest(
  engine: Engine,
  query: {
    readonly service: string;
    readonly operation?: string | undefined;
    readonly window: Window;
    readonly limit: number;
    readonly onlyErrors: boolean;
  },
): Promise<SpanRow[]> {
  const rows = await engine.rows<Row>(
    `SELECT ${COLUMNS} FROM {database}.otel_traces
     WHERE ServiceName = {service:String} AND ({operation:String} = '' OR SpanName = {operation:String})
       AND Timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND Timestamp < fromUnixTimestamp64Milli({to:Int64})
       AND (NOT {onlyErrors:UInt8} OR StatusCode = 'Error')
     ORDER BY Duration DESC LIMIT {limit:UInt32}`,
    {
      service: query.service,
      operation: query.operation ?? '',
      from: query.window.from,
      to: query.window.to,
      onlyErrors: query.onlyErrors ? 1 : 0,
      limit: query.limit,
    },
  );
  return rows.map(spanOf);
}

/** The spans of one trace, oldest first; a span that was sent twice is there once. */
export async function readTrace(engine: Engine, traceId: string): Promise<SpanRow[]> {
  const rows = await engine.rows<Row>(
    `SELECT ${COLUMNS} FROM {database}.otel_traces WHERE TraceId = {trace:String}
     ORDER BY Timestamp, SpanId LIMIT 1 BY SpanId LIMIT {limit:UInt32}`,
    { trace: traceId, limit: MOST_OF_A_TRACE },
  );
  return rows.map(spanOf);
}

function spanOf(row: Row): SpanRow {
  return {
    timestamp: row.at,
    traceId: row.trace,
    spanId: row.span,
    service: row.service,
    operation: row.operation,
    durationMs: row.duration,
    status: row.status,
    attributes: row.attributes,
  };
}
