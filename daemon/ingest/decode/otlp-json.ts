import type { LogSink } from '../log-sink.ts';
import { SPAN_KINDS, STATUS_CODES } from '../spans.ts';
import type { TraceSink } from '../trace-sink.ts';
import {
  enumeration,
  id,
  list,
  object,
  parseOtlpJson,
  text,
  unsigned64,
  walkAttributes,
  type JsonObject,
} from './json.ts';

/** Walks a traces request in OTLP/JSON into the same sink as the protobuf one. @throws Malformed */
export function walkTracesJson(body: Uint8Array, sink: TraceSink): void {
  for (const entry of list(parseOtlpJson(body), 'resourceSpans')) {
    const resourceSpans = object(entry, 'resourceSpans');
    sink.beginResource();
    walkAttributes(object(resourceSpans['resource'] ?? {}, 'resource'), 'attributes', sink.resourceAttributes);
    for (const inner of list(resourceSpans, 'scopeSpans')) {
      const scopeSpans = object(inner, 'scopeSpans');
      sink.beginScope();
      const scope = object(scopeSpans['scope'] ?? {}, 'scope');
      sink.scopeName = text(scope, 'name');
      sink.scopeVersion = text(scope, 'version');
      for (const span of list(scopeSpans, 'spans')) walkSpan(object(span, 'spans'), sink);
    }
  }
}

function walkSpan(given: JsonObject, sink: TraceSink): void {
  sink.beginSpan();
  const { span } = sink;
  span.traceId = id(given, 'traceId');
  span.spanId = id(given, 'spanId');
  span.parentSpanId = id(given, 'parentSpanId');
  span.traceState = text(given, 'traceState');
  span.name = text(given, 'name');
  span.kind = enumeration(given, 'kind', 'SPAN_KIND_', SPAN_KINDS);
  [span.startLow, span.startHigh] = unsigned64(given, 'startTimeUnixNano');
  [span.endLow, span.endHigh] = unsigned64(given, 'endTimeUnixNano');
  const status = object(given['status'] ?? {}, 'status');
  span.statusCode = enumeration(status, 'code', 'STATUS_CODE_', STATUS_CODES);
  span.statusMessage = text(status, 'message');
  walkAttributes(given, 'attributes', sink.spanAttributes);
  for (const entry of list(given, 'events')) {
    const event = object(entry, 'events');
    walkAttributes(event, 'attributes', sink.eventAttributes);
    sink.endEvent(...unsigned64(event, 'timeUnixNano'), text(event, 'name'));
  }
  for (const entry of list(given, 'links')) {
    const link = object(entry, 'links');
    walkAttributes(link, 'attributes', sink.linkAttributes);
    sink.endLink(id(link, 'traceId'), id(link, 'spanId'), text(link, 'traceState'));
  }
  sink.endSpan();
}

/** Walks a logs request in OTLP/JSON. @throws Malformed */
export function walkLogsJson(body: Uint8Array, sink: LogSink): void {
  for (const resourceLogs of list(parseOtlpJson(body), 'resourceLogs'))
    for (const scopeLogs of list(object(resourceLogs, 'resourceLogs'), 'scopeLogs'))
      for (const entry of list(object(scopeLogs, 'scopeLogs'), 'logRecords')) {
        const record = object(entry, 'logRecords');
        sink.beginRecord();
        sink.traceId = id(record, 'traceId');
        sink.spanId = id(record, 'spanId');
        sink.time = unsigned64(record, 'timeUnixNano');
        sink.observed = unsigned64(record, 'observedTimeUnixNano');
        walkAttributes(record, 'attributes', sink.attributes);
        sink.endRecord();
      }
}
