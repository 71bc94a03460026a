/** Hand-made protobuf messages, for what no SDK would send. */
export function varint(value: bigint | number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** A length-delimited field: text, bytes, or the fields of a message. */
export function field(number: number, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

export function whole(number: number, value: bigint | number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

export function fixed64(number: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return Buffer.concat([varint(number * 8 + 1), bytes]);
}

export function double(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(number * 8 + 1), bytes]);
}

/** A `KeyValue` whose `AnyValue` is the given fields. */
export function attribute(number: number, key: string, ...value: readonly Uint8Array[]): Buffer {
  return field(number, field(1, key), field(2, ...value));
}

export interface SpanParts {
  readonly traceId?: Uint8Array;
  readonly spanId?: Uint8Array;
  readonly parentId?: Uint8Array;
  readonly start?: bigint;
  readonly end?: bigint;
  readonly more?: readonly Uint8Array[];
}

let spans = 0;

/** A `Span`; without ids of its own it gets some that are good. */
export function span(at: number, parts: SpanParts = {}): Buffer {
  const id = Buffer.alloc(16);
  id.writeUInt32BE(++spans, 12);
  const start = parts.start ?? BigInt(at) * 1_000_000n;
  return field(
    2,
    field(1, parts.traceId ?? id),
    field(2, parts.spanId ?? id.subarray(8)),
    ...(parts.parentId === undefined ? [] : [field(4, parts.parentId)]),
    field(5, 'operation'),
    whole(6, 2),
    fixed64(7, start),
    fixed64(8, parts.end ?? start + 1_500_000n),
    ...(parts.more ?? []),
  );
}

/** An `ExportTraceServiceRequest` of one service. */
export function traces(service: string, ...content: readonly Uint8Array[]): Buffer {
  const resource = field(1, attribute(1, 'service.name', field(1, service)));
  return field(1, resource, field(2, field(1, field(1, 'scope')), ...content));
}
