import type { LogSink } from '../records/log-sink.ts';
import { SPAN_KINDS, STATUS_CODES } from '../records/spans.ts';
import type { TraceSink } from '../records/trace-sink.ts';
import {
  enumeration,
  id,
  list,
  object,
  parseOtlpJson,
  text,
  unsigned32,
  unsigned64,
  walkAttributes,
  type JsonObject,
} from './json.ts';
import { shown } from './shown.ts';

/**
 * Walks a traces request in OTLP/JSON into the same sink as the protobuf one.
 * @returns what the sender should know of a body without anything in it; empty for any other
 * @throws Malformed
 */
export function walkTracesJson(body: Uint8Array, sink: TraceSink): string {
  const request = parseOtlpJson(body);
  for (const entry of list(request, 'resourceSpans')) {
    const resourceSpans = object(entry, 'resourceSpans');
    sink.beginResource();
    const resource = object(resourceSpans['resource'] ?? {}, 'resource');
    walkAttributes(resource, 'attributes', sink.resourceAttributes);
    sink.endResource(unsigned32(resource, 'droppedAttributesCount'));
    for (const inner of list(resourceSpans, 'scopeSpans')) {
      const scopeSpans = object(inner, 'scopeSpans');
      sink.beginScope();
      const scope = object(scopeSpans['scope'] ?? {}, 'scope');
      sink.scopeName.setText(text(scope, 'name'));
      sink.scopeVersion.setText(text(scope, 'version'));
      walkAttributes(scope, 'attributes', sink.scopeAttributes);
      sink.endScope(unsigned32(scope, 'droppedAttributesCount'));
      for (const span of list(scopeSpans, 'spans')) walkSpan(object(span, 'spans'), sink);
    }
  }
  return misnamed(request, 'resourceSpans');
}

/** OTLP has unknown fields ignored: with another name for all there is, a body would be lost in silence. */
function misnamed(request: JsonObject, field: string): string {
  const names = Object.keys(request);
  if (names.length === 0 || Object.hasOwn(request, field)) return '';
  return `nothing was taken: the body has ${shown(names[0])} and no "${field}"; names are in lowerCamelCase, spans go to /v1/traces, log records to /v1/logs`;
}

function walkSpan(given: JsonObject, sink: TraceSink): void {
  sink.beginSpan();
  const { span } = sink;
  id(given, 'traceId', span.traceId);
  id(given, 'spanId', span.spanId);
  id(given, 'parentSpanId', span.parentSpanId);
  span.traceState.setText(text(given, 'traceState'));
  span.name.setText(text(given, 'name'));
  span.kind = enumeration(given, 'kind', 'SPAN_KIND_', SPAN_KINDS);
  [span.startLow, span.startHigh] = unsigned64(given, 'startTimeUnixNano');
  [span.endLow, span.endHigh] = unsigned64(given, 'endTimeUnixNano');
  const status = object(given['status'] ?? {}, 'status');
  span.statusCode = enumeration(status, 'code', 'STATUS_CODE_', STATUS_CODES);
  span.statusMessage.setText(text(status, 'message'));
  span.droppedAttributes = unsigned32(given, 'droppedAttributesCount');
  span.droppedEvents = unsigned32(given, 'droppedEventsCount');
  span.droppedLinks = unsigned32(given, 'droppedLinksCount');
  walkAttributes(given, 'attributes', sink.spanAttributes);
  for (const entry of list(given, 'events')) {
    const event = object(entry, 'events');
    walkAttributes(event, 'attributes', sink.eventAttributes);
    [sink.event.low, sink.event.high] = unsigned64(event, 'timeUnixNano');
    sink.event.name.setText(text(event, 'name'));
    sink.event.droppedAttributes = unsigned32(event, 'droppedAttributesCount');
    sink.endEvent();
  }
  for (const entry of list(given, 'links')) {
    const link = object(entry, 'links');
    walkAttributes(link, 'attributes', sink.linkAttributes);
    id(link, 'traceId', sink.link.traceId);
    id(link, 'spanId', sink.link.spanId);
    sink.link.traceState.setText(text(link, 'traceState'));
    sink.link.droppedAttributes = unsigned32(link, 'droppedAttributesCount');
    sink.endLink();
  }
  sink.endSpan();
}

/** Walks a logs request in OTLP/JSON. @returns as `walkTracesJson`. @throws Malformed */
export function walkLogsJson(body: Uint8Array, sink: LogSink): string {
  const request = parseOtlpJson(body);
  for (const resourceLogs of list(request, 'resourceLogs')) {
    sink.count();
    for (const scopeLogs of list(object(resourceLogs, 'resourceLogs'), 'scopeLogs')) {
      sink.count();
      for (const entry of list(object(scopeLogs, 'scopeLogs'), 'logRecords')) {
        const record = object(entry, 'logRecords');
        sink.beginRecord();
        id(record, 'traceId', sink.traceId);
        id(record, 'spanId', sink.spanId);
        sink.time = unsigned64(record, 'timeUnixNano');
        sink.observed = unsigned64(record, 'observedTimeUnixNano');
        walkAttributes(record, 'attributes', sink.attributes);
        sink.endRecord();
      }
    }
  }
  return misnamed(request, 'resourceLogs');
}
