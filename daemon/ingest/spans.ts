import { Integer64Column, LowCardinalityColumn, StringColumn } from './native/columns.ts';
import { ArrayColumn, MapColumn } from './native/nested.ts';

/** What a span says once; its attributes, events and links go into the columns as they are read. Ids are lower-case hexadecimal. */
export interface SpanDraft {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  traceState: string;
  name: string;
  /** Numbers of the enums of OTLP. */
  kind: number;
  statusCode: number;
  statusMessage: string;
  /** Unsigned nanoseconds since 1970, in halves. */
  startLow: number;
  startHigh: number;
  endLow: number;
  endHigh: number;
  tooDeep: boolean;
}

export function emptySpan(): SpanDraft {
  return {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    traceState: '',
    name: '',
    kind: 0,
    statusCode: 0,
    statusMessage: '',
    startLow: 0,
    startHigh: 0,
    endLow: 0,
    endHigh: 0,
    tooDeep: false,
  };
}

/** Names as the OpenTelemetry ClickHouse exporter writes them, by the numbers of OTLP. */
export const SPAN_KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'] as const;
export const STATUS_CODES = ['Unset', 'Ok', 'Error'] as const;

export type SpanColumns = ReturnType<typeof spanColumns>;

function attributes(): MapColumn<LowCardinalityColumn, StringColumn> {
  return new MapColumn(new LowCardinalityColumn(), new StringColumn());
}

/** The columns of the table `otel_traces`. */
export function spanColumns() {
  return {
    Timestamp: new Integer64Column('DateTime64(9)'),
    TraceId: new StringColumn(),
    SpanId: new StringColumn(),
    ParentSpanId: new StringColumn(),
    TraceState: new StringColumn(),
    SpanName: new LowCardinalityColumn(),
    SpanKind: new LowCardinalityColumn(),
    ServiceName: new LowCardinalityColumn(),
    ResourceAttributes: attributes(),
    ScopeName: new StringColumn(),
    ScopeVersion: new StringColumn(),
    SpanAttributes: attributes(),
    Duration: new Integer64Column('UInt64'),
    StatusCode: new LowCardinalityColumn(),
    StatusMessage: new StringColumn(),
    'Events.Timestamp': new ArrayColumn(new Integer64Column('DateTime64(9)')),
    'Events.Name': new ArrayColumn(new LowCardinalityColumn()),
    'Events.Attributes': new ArrayColumn(attributes()),
    'Links.TraceId': new ArrayColumn(new StringColumn()),
    'Links.SpanId': new ArrayColumn(new StringColumn()),
    'Links.TraceState': new ArrayColumn(new StringColumn()),
    'Links.Attributes': new ArrayColumn(attributes()),
  };
}

/** Where a span comes from. */
export interface Origin {
  readonly service: string;
  readonly resourceKeys: readonly string[];
  readonly resourceValues: StringColumn;
  readonly scopeName: string;
  readonly scopeVersion: string;
}

/** Nanoseconds between start and end in halves; 0 and `clamped` where the end lies before the start. */
export function durationOf(draft: SpanDraft): { low: number; high: number; clamped: boolean } {
  const borrow = draft.endLow < draft.startLow ? 1 : 0;
  const high = draft.endHigh - draft.startHigh - borrow;
  if (high < 0) return { low: 0, high: 0, clamped: true };
  return { low: draft.endLow - draft.startLow + borrow * 4_294_967_296, high, clamped: false };
}

/** Finishes the row of an admitted span, whose attributes, events and links are in the columns already. */
export function appendSpan(
  columns: SpanColumns,
  draft: SpanDraft,
  origin: Origin,
  duration: { readonly low: number; readonly high: number },
): void {
  columns.Timestamp.pushHalves(draft.startLow, draft.startHigh);
  columns.TraceId.push(draft.traceId);
  columns.SpanId.push(draft.spanId);
  columns.ParentSpanId.push(draft.parentSpanId);
  columns.TraceState.push(draft.traceState);
  columns.SpanName.push(draft.name);
  columns.SpanKind.push(SPAN_KINDS[draft.kind] ?? SPAN_KINDS[0]);
  columns.ServiceName.push(origin.service);
  for (const key of origin.resourceKeys) columns.ResourceAttributes.keys.push(key);
  columns.ResourceAttributes.values.append(origin.resourceValues);
  columns.ResourceAttributes.close();
  columns.ScopeName.push(origin.scopeName);
  columns.ScopeVersion.push(origin.scopeVersion);
  columns.SpanAttributes.close();
  columns.Duration.pushHalves(duration.low, duration.high);
  columns.StatusCode.push(STATUS_CODES[draft.statusCode] ?? STATUS_CODES[0]);
  columns.StatusMessage.push(draft.statusMessage);
  columns['Events.Timestamp'].close();
  columns['Events.Name'].close();
  columns['Events.Attributes'].close();
  columns['Links.TraceId'].close();
  columns['Links.SpanId'].close();
  columns['Links.TraceState'].close();
  columns['Links.Attributes'].close();
}
