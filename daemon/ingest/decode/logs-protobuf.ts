import type { LogSink } from '../records/log-sink.ts';
import { walkAttribute } from './protobuf-values.ts';
import { ProtobufReader } from './protobuf.ts';

/**
 * Walks an `ExportLogsServiceRequest` (opentelemetry/proto/logs/v1/logs.proto) once; resource, scope and body of a record
 * say nothing about a prediction and are passed over.
 * @throws Malformed
 */
export function walkLogs(body: Uint8Array, sink: LogSink): void {
  const reader = new ProtobufReader(body);
  walkField(reader, 0x0a, () => {
    sink.count();
    walkField(reader, 0x12, () => {
      sink.count();
      walkField(reader, 0x12, () => walkRecord(reader, sink));
    });
  });
}

/** Enters every field with this tag of the message being read, and passes over the others. */
function walkField(reader: ProtobufReader, wanted: number, walk: () => void): void {
  while (reader.more) {
    const tag = reader.tag();
    if (tag !== wanted) {
      reader.skip(tag);
      continue;
    }
    const outer = reader.enter();
    walk();
    reader.leave(outer);
  }
}

function walkRecord(reader: ProtobufReader, sink: LogSink): void {
  if (sink.take(reader.bytes, reader.at, reader.limit)) {
    reader.at = reader.limit;
    return;
  }
  sink.beginRecord();
  while (reader.more) {
    const tag = reader.tag();
    if (tag === 0x09) {
      reader.fixed64();
      sink.time = [reader.low, reader.high];
    } else if (tag === 0x59) {
      reader.fixed64();
      sink.observed = [reader.low, reader.high];
    } else if (tag === 0x32) walkAttribute(reader, sink.attributes);
    else if (tag === 0x4a) reader.range(sink.traceId);
    else if (tag === 0x52) reader.range(sink.spanId);
    else reader.skip(tag);
  }
  sink.endRecord();
}
