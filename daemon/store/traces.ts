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
  const rows = await engine.rows<{
    at: number;
    trace: string;
    span: string;
    service: string;
    operation: string;
    duration: number;
    status: string;
    attributes: Record<string, string>;
  }>(
    `SELECT toUnixTimestamp64Milli(Timestamp) AS at, TraceId AS trace, SpanId AS span, ServiceName AS service, SpanName AS operation,
            Duration / 1e6 AS duration, StatusCode AS status, SpanAttributes AS attributes
     FROM {database}.otel_traces
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
  return rows.map((row) => ({
    timestamp: row.at,
    traceId: row.trace,
    spanId: row.span,
    service: row.service,
    operation: row.operation,
    durationMs: row.duration,
    status: row.status,
    attributes: row.attributes,
  }));
}
