import { ByteRange } from '../decode/byte-range.ts';
import { Integer64Column, LowCardinalityColumn, StringColumn } from '../native/columns.ts';
import { ArrayColumn, MapColumn } from '../native/nested.ts';

/**
 * What a span says once; its attributes, events and links go into the columns as they are read. Ids are raw bytes. One draft
 * serves every span of a body, one after the other.
 */
export class SpanDraft {
  readonly traceId = new ByteRange();
  readonly spanId = new ByteRange();
  readonly parentSpanId = new ByteRange();
  readonly traceState = new ByteRange();
  readonly name = new ByteRange();
  readonly statusMessage = new ByteRange();
  /** Numbers of the enums of OTLP. */
  kind = 0;
  statusCode = 0;
  /** Unsigned nanoseconds since 1970, in halves. */
  startLow = 0;
  startHigh = 0;
  endLow = 0;
  endHigh = 0;
  droppedAttributes = 0;
  droppedEvents = 0;
  droppedLinks = 0;
  tooDeep = false;

  clear(): void {
    this.traceId.clear();
    this.spanId.clear();
    this.parentSpanId.clear();
    this.traceState.clear();
    this.name.clear();
    this.statusMessage.clear();
    this.kind = 0;
    this.statusCode = 0;
    this.startLow = 0;
    this.startHigh = 0;
    this.endLow = 0;
    this.endHigh = 0;
    this.droppedAttributes = 0;
    this.droppedEvents = 0;
    this.droppedLinks = 0;
    this.tooDeep = false;
  }
}

/** What an event says besides its attributes; its time is unsigned nanoseconds in halves. */
export class EventDraft {
  readonly name = new ByteRange();
  low = 0;
  high = 0;
  droppedAttributes = 0;

  clear(): void {
    this.name.clear();
    this.low = 0;
    this.high = 0;
    this.droppedAttributes = 0;
  }
}

/** What a link says besides its attributes. */
export class LinkDraft {
  readonly traceId = new ByteRange();
  readonly spanId = new ByteRange();
  readonly traceState = new ByteRange();
  droppedAttributes = 0;

  clear(): void {
    this.traceId.clear();
    this.spanId.clear();
    this.traceState.clear();
    this.droppedAttributes = 0;
  }
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
    Timestamp: new Integer64Column("DateTime64(9, 'UTC')"),
    TraceId: new StringColumn(),
    SpanId: new StringColumn(),
    ParentSpanId: new StringColumn(),
    TraceState: new StringColumn(),
    SpanName: new LowCardinalityColumn(),
    SpanKind: new LowCardinalityColumn(SPAN_KINDS),
    ServiceName: new LowCardinalityColumn(),
    ResourceAttributes: attributes(),
    ScopeName: new StringColumn(),
    ScopeVersion: new StringColumn(),
    SpanAttributes: attributes(),
    Duration: new Integer64Column('UInt64'),
    StatusCode: new LowCardinalityColumn(STATUS_CODES),
    StatusMessage: new StringColumn(),
    'Events.Timestamp': new ArrayColumn(new Integer64Column("DateTime64(9, 'UTC')")),
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
  readonly service: ByteRange;
  readonly resource: RepeatedAttributes;
  readonly scope: RepeatedAttributes;
  readonly scopeName: ByteRange;
  readonly scopeVersion: ByteRange;
}

class KeyList {
  readonly texts: string[] = [];
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  pushBytes(source: Uint8Array, start: number, end: number): void {
    this.texts.push(this.#prefix + Buffer.from(source.subarray(start, end)).toString());
  }
}

/** Attributes of a resource or a scope, read once and written for each of its spans. */
export class RepeatedAttributes {
  readonly keys: KeyList;
  readonly values = new StringColumn();
  /** Places of the keys in the dictionary of the column, once they are known. */
  #places: number[] | undefined;

  /** @param prefix stands before every key */
  constructor(prefix = '') {
    this.keys = new KeyList(prefix);
  }

  /** Makes room for those of another resource or scope. */
  clear(): void {
    this.keys.texts.length = 0;
    this.values.truncate(0);
    this.#places = undefined;
  }

  appendTo(map: MapColumn<LowCardinalityColumn, StringColumn>): void {
    if (this.keys.texts.length === 0) return;
    if (this.#places === undefined) {
      this.#places = [];
      for (const key of this.keys.texts) this.#places.push(map.keys.placeOf(key));
    }
    for (const place of this.#places) map.keys.pushPlace(place);
    map.values.append(this.values);
  }

  /** Rows were taken back from the column, and perhaps keys of its dictionary with them. */
  forgetPlaces(): void {
    this.#places = undefined;
  }
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
  pushHex(columns.TraceId, draft.traceId);
  pushHex(columns.SpanId, draft.spanId);
  // A parent of zeros is none: whoever looks for roots asks for the empty text.
  if (draft.parentSpanId.zero) draft.parentSpanId.clear();
  pushHex(columns.ParentSpanId, draft.parentSpanId);
  pushText(columns.TraceState, draft.traceState);
  pushText(columns.SpanName, draft.name);
  columns.SpanKind.pushPlace(draft.kind < SPAN_KINDS.length ? draft.kind + 1 : 1);
  pushText(columns.ServiceName, origin.service);
  origin.resource.appendTo(columns.ResourceAttributes);
  columns.ResourceAttributes.close();
  pushText(columns.ScopeName, origin.scopeName);
  pushText(columns.ScopeVersion, origin.scopeVersion);
  origin.scope.appendTo(columns.SpanAttributes);
  columns.SpanAttributes.close();
  columns.Duration.pushHalves(duration.low, duration.high);
  columns.StatusCode.pushPlace(draft.statusCode < STATUS_CODES.length ? draft.statusCode + 1 : 1);
  pushText(columns.StatusMessage, draft.statusMessage);
  columns['Events.Timestamp'].close();
  columns['Events.Name'].close();
  columns['Events.Attributes'].close();
  columns['Links.TraceId'].close();
  columns['Links.SpanId'].close();
  columns['Links.TraceState'].close();
  columns['Links.Attributes'].close();
}

/** Writes an event whose attributes are written. */
export function appendEvent(columns: SpanColumns, { name, low, high }: EventDraft): void {
  // DateTime64(9) ends in 2262: a later event is a broken clock, and must not wrap to 1677.
  if (high < 0x80_00_00_00) columns['Events.Timestamp'].items.pushHalves(low, high);
  else columns['Events.Timestamp'].items.pushHalves(0, 0);
  pushText(columns['Events.Name'].items, name);
  columns['Events.Attributes'].items.close();
}

/** Writes a link whose attributes are written. */
export function appendLink(columns: SpanColumns, link: LinkDraft): void {
  pushHex(columns['Links.TraceId'].items, link.traceId);
  pushHex(columns['Links.SpanId'].items, link.spanId);
  pushText(columns['Links.TraceState'].items, link.traceState);
  columns['Links.Attributes'].items.close();
}

function pushHex(column: StringColumn, { source, start, end }: ByteRange): void {
  column.pushHex(source, start, end);
}

function pushText(column: StringColumn | LowCardinalityColumn, { source, start, end }: ByteRange): void {
  column.pushBytes(source, start, end);
}
