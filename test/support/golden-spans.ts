/**
 * Generated trace requests with every kind of value that OTLP has, in the shape that protobufjs takes and, but for bytes and
 * what JSON has no number for, that OTLP/JSON has. The same seed gives the same requests.
 */

export interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  /** Decimal: a double would not hold it. */
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly bytesValue?: Buffer;
  readonly arrayValue?: { readonly values: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values: readonly KeyValue[] };
}

export interface KeyValue {
  readonly key: string;
  readonly value?: AnyValue;
}

export interface TraceRequest {
  readonly resourceSpans: readonly object[];
}

const TEXTS = [
  '',
  'a',
  'text',
  'ä€\u{1F426}',
  'quo"te\\ \n\t\0',
  ' ',
  '\u{FFFD}',
  '{"a":1}',
  "'); DROP TABLE x; --",
  'ф'.repeat(30),
];
const INTEGERS = [
  '0',
  '1',
  '-1',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '1234567890123456789',
];
const DOUBLES = [0, -0, 1, 0.1, -1e-9, 1e21, 1e308, 5e-324, Number.MAX_VALUE, NaN, Infinity, -Infinity, 123_456.789];
const KEYS = [
  'http.method',
  'a',
  '__proto__',
  'constructor',
  'ключ',
  'k'.repeat(300),
  '',
  'with space',
  'service.name',
];

/** The generator mulberry32: from 0 to below 1. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

class Generator {
  readonly #random: () => number;
  readonly #at: bigint;
  #spans = 0;

  constructor(seed: number, at: number) {
    this.#random = randomFrom(seed);
    this.#at = BigInt(at) * 1_000_000n;
  }

  below(most: number): number {
    return Math.floor(this.#random() * most);
  }

  oneOf<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  several<Item>(most: number, make: () => Item): Item[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }

  value(depth = 0): AnyValue {
    switch (this.below(depth > 3 ? 6 : 9)) {
      case 0:
        return { stringValue: this.oneOf(TEXTS) };
      case 1:
        return { boolValue: this.below(2) === 1 };
      case 2:
        return { intValue: this.below(2) === 0 ? this.oneOf(INTEGERS) : String(this.below(1e6) - 5e5) };
      case 3:
        return { doubleValue: this.below(2) === 0 ? this.oneOf(DOUBLES) : this.#random() * 1000 };
      case 4:
        return { bytesValue: this.bytes(this.below(20)) };
      case 5:
        return {};
      case 6:
        return { arrayValue: { values: this.several(4, () => this.value(depth + 1)) } };
      case 7:
        return { kvlistValue: { values: this.unique(4, depth + 1) } };
      default:
        return { stringValue: `value ${this.below(1000)}` };
    }
  }

  /** Attributes whose keys differ, as the specification asks for. */
  unique(most: number, depth = 0): KeyValue[] {
    const found = new Map<string, KeyValue>();
    for (let n = this.below(most + 1); n > 0; n--) {
      const key = this.below(2) === 0 ? this.oneOf(KEYS) : `key.${this.below(40)}`;
      found.set(key, this.below(50) === 0 ? { key } : { key, value: this.value(depth) });
    }
    return [...found.values()];
  }

  span(): object {
    const n = this.#spans++;
    const start = this.#at - BigInt(this.below(1e9)) * 1_000_000n - BigInt(this.below(1e6));
    const long = n % 500 === 7 ? [{ key: 'long', value: { stringValue: `${'x'.repeat(16_383)}ä${n}` } }] : [];
    const many =
      n % 500 === 8 ? Array.from({ length: 300 }, (_, place) => ({ key: `many.${place}`, value: this.value() })) : [];
    return {
      traceId: this.bytes(16),
      spanId: Buffer.from((n + 1).toString(16).padStart(16, '0'), 'hex'),
      ...(this.below(3) === 0 ? {} : { parentSpanId: this.bytes(8) }),
      traceState: this.oneOf(['', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE']),
      flags: this.oneOf([0, 1, 0x301]),
      name: this.oneOf(['', 'GET /', 'оплата \u{1F4B3}', `operation ${this.below(30)}`]),
      kind: this.oneOf([0, 1, 2, 3, 4, 5, 99]),
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + BigInt(this.below(1000) - 10) * BigInt(this.below(1e6))),
      attributes: [...this.unique(12), ...long, ...many],
      droppedAttributesCount: this.oneOf([0, 0, 0, 3, 4_294_967_295]),
      events: this.several(2, () => this.event()),
      droppedEventsCount: this.oneOf([0, 0, 2]),
      links: this.several(2, () => this.link()),
      droppedLinksCount: this.oneOf([0, 0, 1]),
      ...(this.below(2) === 0 ? {} : { status: { code: this.below(4), message: this.oneOf(TEXTS) } }),
    };
  }

  event(): object {
    return {
      timeUnixNano: this.oneOf([String(this.#at), '0', '9223372036854775807', '18446744073709551615']),
      name: this.oneOf(TEXTS),
      attributes: this.unique(3),
      droppedAttributesCount: this.oneOf([0, 0, 7]),
    };
  }

  link(): object {
    return {
      traceId: this.bytes(16),
      spanId: this.bytes(8),
      traceState: this.oneOf(['', 'a=b']),
      attributes: this.unique(3),
      droppedAttributesCount: this.oneOf([0, 1]),
      flags: 1,
    };
  }

  scopeSpans(spans: number): object {
    return {
      ...(this.below(4) === 0
        ? {}
        : {
            scope: {
              name: this.oneOf(TEXTS),
              version: this.oneOf(['', '1.2.3']),
              attributes: this.unique(2),
              droppedAttributesCount: this.oneOf([0, 5]),
            },
          }),
      spans: Array.from({ length: spans }, () => this.span()),
      schemaUrl: this.oneOf(['', 'https://opentelemetry.io/schemas/1.26.0']),
    };
  }

  request(door: string): TraceRequest {
    return {
      resourceSpans: Array.from({ length: 5 }, () => ({
        resource: {
          attributes: [
            { key: 'door', value: { stringValue: door } },
            ...(this.below(4) === 0 ? [] : [{ key: 'service.name', value: { stringValue: this.oneOf(TEXTS) } }]),
            ...this.unique(4).filter(({ key }) => key !== 'service.name'),
          ],
          droppedAttributesCount: this.oneOf([0, 9]),
        },
        scopeSpans: [this.scopeSpans(50), this.scopeSpans(50)],
      })),
    };
  }
}

/** Requests of 500 spans each; the door is an attribute of every resource, and the only difference between doors. */
export function goldenRequests(door: string, spans: number, at: number): TraceRequest[] {
  const generator = new Generator(20_261_124, at);
  return Array.from({ length: spans / 500 }, () => generator.request(door));
}

/** Requests of one to three spans. */
export function smallRequests(seed: number, count: number, at: number): TraceRequest[] {
  const generator = new Generator(seed, at);
  return Array.from({ length: count }, () => ({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'small' } }, ...generator.unique(2)] },
        scopeSpans: [generator.scopeSpans(1 + generator.below(3))],
      },
    ],
  }));
}

const IDS = new Set(['traceId', 'spanId', 'parentSpanId']);

/** A request as OTLP/JSON writes it: ids in hexadecimal, other bytes in base64, NaN and infinities as text. */
export function otlpJson(request: TraceRequest): string {
  const convert = (key: string, value: unknown): unknown => {
    if (Buffer.isBuffer(value)) return value.toString(IDS.has(key) ? 'hex' : 'base64');
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
    if (Array.isArray(value)) return value.map((inner) => convert('', inner));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, convert(name, inner)]));
  };
  return JSON.stringify(convert('', request));
}
