import { attributeText, type AnyValue, type AttributeSink } from './any-value.ts';
import { ByteRange } from './byte-range.ts';
import { walkValue } from './protobuf-values.ts';
import { Malformed, ProtobufReader } from './protobuf.ts';

/** Takes one value as text, of which nothing was passed over. */
class TextSink implements AttributeSink {
  readonly key = new ByteRange();
  found: string | undefined;

  text(source: Uint8Array, start: number, end: number): void {
    this.found = Buffer.from(source.subarray(start, end)).toString();
  }

  number(value: number): void {
    this.found = String(value);
  }

  value(value: AnyValue, cut: boolean): void {
    this.found = cut ? undefined : attributeText(value);
  }

  tooDeep(): void {
    this.found = undefined;
  }
}

/** The text that an `AnyValue` becomes; nothing where it is malformed, nested too deep, or of too many elements. */
export function valueText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const reader = new ProtobufReader(bytes.subarray(start, end));
  const sink = new TextSink();
  try {
    walkValue(reader, sink);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return undefined;
  }
  return sink.found;
}
