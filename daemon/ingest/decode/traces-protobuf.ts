import type { EventDraft, LinkDraft, SpanDraft } from '../records/spans.ts';
import type { TraceSink } from '../records/trace-sink.ts';
import type { AttributeSink } from './any-value.ts';
import { walkAttribute } from './protobuf-values.ts';
import { ProtobufReader } from './protobuf.ts';

/**
 * Walks an `ExportTraceServiceRequest` (opentelemetry/proto/trace/v1/trace.proto) once. Tags are field number times 8 plus
 * wire type; a field of another wire type is passed over like an unknown one.
 * @throws Malformed
 */
export function walkTraces(body: Uint8Array, sink: TraceSink): void {
  const reader = new ProtobufReader(body);
  while (reader.more) {
    const tag = reader.tag();
    if (tag === 0x0a) walkResourceSpans(reader, sink);
    else reader.skip(tag);
  }
}

function walkResourceSpans(reader: ProtobufReader, sink: TraceSink): void {
  sink.beginResource();
  const outer = reader.enter();
  const start = reader.at;
  // Fields may come in any order, and spans need their resource: it is looked for first.
  while (reader.more) {
    const tag = reader.tag();
    if (tag === 0x0a) walkResource(reader, sink);
    else reader.skip(tag);
  }
  reader.at = start;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === 0x12) walkScopeSpans(reader, sink);
    else reader.skip(tag);
  }
  reader.leave(outer);
}

function walkResource(reader: ProtobufReader, sink: TraceSink): void {
  const outer = reader.enter();
  let dropped = 0;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === 0x0a) walkAttribute(reader, sink.resourceAttributes);
    else if (tag === 0x10) dropped = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  sink.endResource(dropped);
}

function walkScopeSpans(reader: ProtobufReader, sink: TraceSink): void {
  sink.beginScope();
  const outer = reader.enter();
  const start = reader.at;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === 0x0a) walkScope(reader, sink);
    else reader.skip(tag);
  }
  reader.at = start;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === 0x12) walkSpan(reader, sink);
    else reader.skip(tag);
  }
  reader.leave(outer);
}

function walkScope(reader: ProtobufReader, sink: TraceSink): void {
  const outer = reader.enter();
  let dropped = 0;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === 0x0a) reader.range(sink.scopeName);
    else if (tag === 0x12) reader.range(sink.scopeVersion);
    else if (tag === 0x1a) walkAttribute(reader, sink.scopeAttributes);
    else if (tag === 0x20) dropped = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  sink.endScope(dropped);
}

/** Takes spans one after the other: sets of drafts and attributes, each ended by a call. */
interface SpanSink {
  readonly span: SpanDraft;
  readonly event: EventDraft;
  readonly link: LinkDraft;
  readonly spanAttributes: AttributeSink;
  readonly eventAttributes: AttributeSink;
  readonly linkAttributes: AttributeSink;
  beginSpan(): void;
  endEvent(): void;
  endLink(): void;
  endSpan(): void;
}

/** Walks one `Span` of a body, whose length is next. @throws Malformed */
export function walkSpanAt(body: Uint8Array, at: number, sink: SpanSink): void {
  const reader = new ProtobufReader(body);
  reader.at = at;
  walkSpan(reader, sink);
}

function walkSpan(reader: ProtobufReader, sink: SpanSink): void {
  sink.beginSpan();
  const { span } = sink;
  const outer = reader.enter();
  while (reader.more) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        reader.range(span.traceId);
        break;
      case 0x12:
        reader.range(span.spanId);
        break;
      case 0x1a:
        reader.range(span.traceState);
        break;
      case 0x22:
        reader.range(span.parentSpanId);
        break;
      case 0x2a:
        reader.range(span.name);
        break;
      case 0x30:
        span.kind = reader.varint();
        break;
      case 0x39:
        reader.fixed64();
        span.startLow = reader.low;
        span.startHigh = reader.high;
        break;
      case 0x41:
        reader.fixed64();
        span.endLow = reader.low;
        span.endHigh = reader.high;
        break;
      case 0x4a:
        walkAttribute(reader, sink.spanAttributes);
        break;
      case 0x50:
        span.droppedAttributes = reader.uint32();
        break;
      case 0x5a:
        walkEvent(reader, sink);
        break;
      case 0x60:
        span.droppedEvents = reader.uint32();
        break;
      case 0x6a:
        walkLink(reader, sink);
        break;
      case 0x70:
        span.droppedLinks = reader.uint32();
        break;
      case 0x7a:
        walkStatus(reader, sink);
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  sink.endSpan();
}

function walkEvent(reader: ProtobufReader, sink: SpanSink): void {
  const { event } = sink;
  event.clear();
  const outer = reader.enter();
  while (reader.more) {
    const tag = reader.tag();
    if (tag === 0x09) {
      reader.fixed64();
      event.low = reader.low;
      event.high = reader.high;
    } else if (tag === 0x12) reader.range(event.name);
    else if (tag === 0x1a) walkAttribute(reader, sink.eventAttributes);
    else if (tag === 0x20) event.droppedAttributes = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  sink.endEvent();
}

function walkLink(reader: ProtobufReader, sink: SpanSink): void {
  const { link } = sink;
  link.clear();
  const outer = reader.enter();
  while (reader.more) {
    const tag = reader.tag();
    if (tag === 0x0a) reader.range(link.traceId);
    else if (tag === 0x12) reader.range(link.spanId);
    else if (tag === 0x1a) reader.range(link.traceState);
    else if (tag === 0x22) walkAttribute(reader, sink.linkAttributes);
    else if (tag === 0x28) link.droppedAttributes = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  sink.endLink();
}

function walkStatus(reader: ProtobufReader, sink: SpanSink): void {
  const outer = reader.enter();
  while (reader.more) {
    const tag = reader.tag();
    if (tag === 0x12) reader.range(sink.span.statusMessage);
    else if (tag === 0x18) sink.span.statusCode = reader.varint();
    else reader.skip(tag);
  }
  reader.leave(outer);
}
