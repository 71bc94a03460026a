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
  const names = new Names(request, 'resourceSpans');
  for (const entry of list(request, 'resourceSpans')) {
    const resourceSpans = object(entry, 'resourceSpans');
    names.look(resourceSpans, 'scopeSpans');
    sink.beginResource();
    const resource = object(resourceSpans['resource'] ?? {}, 'resource');
    walkAttributes(resource, 'attributes', sink.resourceAttributes);
    sink.endResource(unsigned32(resource, 'droppedAttributesCount'));
    for (const inner of list(resourceSpans, 'scopeSpans')) {
      const scopeSpans = object(inner, 'scopeSpans');
      names.look(scopeSpans, 'spans');
      sink.beginScope();
      const scope = object(scopeSpans['scope'] ?? {}, 'scope');
      sink.scopeName.setText(text(scope, 'name'));
      sink.scopeVersion.setText(text(scope, 'version'));
      walkAttributes(scope, 'attributes', sink.scopeAttributes);
      sink.endScope(unsigned32(scope, 'droppedAttributesCount'));
      for (const span of list(scopeSpans, 'spans')) walkSpan(object(span, 'spans'), sink);
    }
  }
  return names.warning;
}

/** What stands beside the records at their levels. */
const BESIDE: ReadonlySet<string> = new Set(['resource', 'scope', 'schemaUrl']);
/** The names that hold records. */
const RECORDS: ReadonlySet<string> = new Set(['spans', 'logRecords']);

/** OTLP has unknown fields ignored: with another name for all there is, a body would be lost in silence. */
class Names {
  #found = '';
  #records = false;

  constructor(request: JsonObject, wanted: string) {
    this.look(request, wanted);
  }

  /** What the sender should know of a body without one record. */
  get warning(): string {
    return this.#records ? '' : this.#found;
  }

  look(from: JsonObject, wanted: string): void {
    if (Object.hasOwn(from, wanted)) {
      this.#records ||= RECORDS.has(wanted) && list(from, wanted).length > 0;
      return;
    }
    const name = Object.keys(from).find((key) => !BESIDE.has(key));
    if (name === undefined || this.#found !== '') return;
    this.#found = `nothing was taken: the body has ${shown(name)} and no "${wanted}"; names are in lowerCamelCase, spans go to /v1/traces, log records to /v1/logs`;
  }
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
  const names = new Names(request, 'resourceLogs');
  for (const outer of list(request, 'resourceLogs')) {
    const resourceLogs = object(outer, 'resourceLogs');
    names.look(resourceLogs, 'scopeLogs');
    sink.count();
    for (const inner of list(resourceLogs, 'scopeLogs')) {
      const scopeLogs = object(inner, 'scopeLogs');
      names.look(scopeLogs, 'logRecords');
      sink.count();
      for (const entry of list(scopeLogs, 'logRecords')) {
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
  return names.warning;
}
