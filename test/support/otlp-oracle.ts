import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import type { AnyValue, KeyValue, TraceRequest } from './golden-spans.ts';

const FOLDER = fileURLToPath(new URL('../golden/otlp/', import.meta.url));
const root = new protobuf.Root();
root.resolvePath = (_origin, target) => `${FOLDER}${target}`;
root.loadSync([
  'opentelemetry/proto/collector/trace/v1/trace_service.proto',
  'opentelemetry/proto/collector/logs/v1/logs_service.proto',
]);

/** A message type of OTLP by the part of its name after `opentelemetry.proto.`, read from the official files. */
export function otlpType(name: string): protobuf.Type {
  return root.lookupType(`opentelemetry.proto.${name}`);
}

const Request = otlpType('collector.trace.v1.ExportTraceServiceRequest');

export function encodeTraces(request: TraceRequest): Buffer {
  return Buffer.from(Request.encode(Request.fromObject(request)).finish());
}

interface Decoded {
  readonly resourceSpans?: readonly {
    readonly resource?: Attributed;
    readonly scopeSpans?: readonly {
      readonly scope?: Attributed & { readonly name?: string; readonly version?: string };
      readonly spans?: readonly Span[];
    }[];
  }[];
}

interface Attributed {
  readonly attributes?: readonly KeyValue[];
  readonly droppedAttributesCount?: number;
}

interface Span extends Attributed {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId?: Buffer;
  readonly traceState?: string;
  readonly name?: string;
  readonly kind?: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly events?: readonly (Attributed & { readonly timeUnixNano: string; readonly name?: string })[];
  readonly droppedEventsCount?: number;
  readonly links?: readonly (Attributed & {
    readonly traceId: Buffer;
    readonly spanId: Buffer;
    readonly traceState?: string;
  })[];
  readonly droppedLinksCount?: number;
  readonly status?: { readonly code?: number; readonly message?: string };
}

export type Row = Readonly<Record<string, unknown>>;

/** The rows that a body must become, worked out of what protobufjs reads in it. Times are nanoseconds as text. */
export function expectedRows(body: Uint8Array): Row[] {
  const { resourceSpans } = Request.toObject(Request.decode(body), { longs: String, bytes: Buffer }) as Decoded;
  const rows: Row[] = [];
  for (const { resource, scopeSpans } of resourceSpans ?? [])
    for (const { scope, spans } of scopeSpans ?? [])
      for (const span of spans ?? []) {
        const resourceAttributes = attributesOf(resource);
        const service = resource?.attributes?.find(({ key }) => key === 'service.name');
        rows.push({
          ...rowOf(span),
          ServiceName: service === undefined ? '' : textOf(service.value),
          ResourceAttributes: resourceAttributes,
          ScopeName: scope?.name ?? '',
          ScopeVersion: scope?.version ?? '',
          SpanAttributes: { ...spanAttributes(span), ...attributesOf(scope, 'otel.scope.') },
        });
      }
  return rows;
}

function rowOf(span: Span): Row {
  const duration = BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano);
  const { events = [], links = [] } = span;
  return {
    Timestamp: span.startTimeUnixNano,
    TraceId: span.traceId.toString('hex'),
    SpanId: span.spanId.toString('hex'),
    ParentSpanId: span.parentSpanId?.toString('hex') ?? '',
    TraceState: span.traceState ?? '',
    SpanName: span.name ?? '',
    SpanKind: ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'][span.kind ?? 0] ?? 'Unspecified',
    Duration: String(duration < 0n ? 0n : duration),
    StatusCode: ['Unset', 'Ok', 'Error'][span.status?.code ?? 0] ?? 'Unset',
    StatusMessage: span.status?.message ?? '',
    'Events.Timestamp': events.map(({ timeUnixNano }) => (BigInt(timeUnixNano) < 2n ** 63n ? timeUnixNano : '0')),
    'Events.Name': events.map(({ name }) => name ?? ''),
    'Events.Attributes': events.map((event) => attributesOf(event)),
    'Links.TraceId': links.map(({ traceId }) => traceId.toString('hex')),
    'Links.SpanId': links.map(({ spanId }) => spanId.toString('hex')),
    'Links.TraceState': links.map(({ traceState }) => traceState ?? ''),
    'Links.Attributes': links.map((link) => attributesOf(link)),
  };
}

function spanAttributes(span: Span): Row {
  return {
    ...attributesOf(span),
    ...(span.droppedEventsCount ? { 'otel.dropped_events_count': String(span.droppedEventsCount) } : {}),
    ...(span.droppedLinksCount ? { 'otel.dropped_links_count': String(span.droppedLinksCount) } : {}),
  };
}

/** The first 256 attributes, keys cut at 256 bytes and values at 16,384 (the defaults). */
function attributesOf(from: Attributed | undefined, prefix = ''): Row {
  const dropped = from?.droppedAttributesCount ?? 0;
  return Object.fromEntries([
    ...(from?.attributes ?? [])
      .slice(0, 256)
      .map(({ key, value }) => [prefix + cut(key, 256), cut(textOf(value), 16_384)] as const),
    ...(dropped === 0 ? [] : [[`${prefix}otel.dropped_attributes_count`, String(dropped)] as const]),
  ]);
}

/** So many bytes at most, of whole characters. */
function cut(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  let [size, end] = [0, 0];
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > most) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function textOf(value: AnyValue | undefined): string {
  if (value?.stringValue !== undefined) return value.stringValue;
  const plain = plainOf(value);
  return typeof plain === 'string' ? plain.replace(/^"(.*)"$/s, '$1') : '';
}

/** The value as the text of JSON; a text on the outside is not quoted, null is nothing. */
function plainOf(value: AnyValue | undefined, inside = false): string {
  if (value?.stringValue !== undefined) return JSON.stringify(value.stringValue);
  if (value?.boolValue !== undefined) return String(value.boolValue);
  if (value?.intValue !== undefined) return value.intValue;
  if (value?.doubleValue !== undefined) {
    const { doubleValue } = value;
    return Number.isFinite(doubleValue) || !inside ? String(doubleValue) : `"${doubleValue}"`;
  }
  if (value?.bytesValue !== undefined) return `"${Buffer.from(value.bytesValue).toString('base64')}"`;
  if (value?.arrayValue) return `[${(value.arrayValue.values ?? []).map((inner) => plainOf(inner, true)).join(',')}]`;
  if (value?.kvlistValue) {
    const entries = (value.kvlistValue.values ?? []).map(
      ({ key, value: inner }) => `${JSON.stringify(key)}:${plainOf(inner, true)}`,
    );
    return `{${entries.join(',')}}`;
  }
  return inside ? 'null' : '';
}
