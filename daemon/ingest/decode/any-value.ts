import type { ByteRange } from './byte-range.ts';

/** An OTLP attribute value, whatever door it came through; integers beyond 2^53 are bigints. */
export type AnyValue =
  string | number | bigint | boolean | null | Uint8Array | readonly AnyValue[] | Map<string, AnyValue>;

/** Values nested deeper than this cost their record. */
export const DEEPEST = 64;

/**
 * Elements of one value, over all its levels, that are read; further ones are passed over. More than any embedding may have,
 * and few enough that a value of a million keys costs little.
 */
export const MOST_ELEMENTS = 65_537;

/** How many elements of one value may still be read, and whether some were passed over. */
export class ElementRoom {
  #left = MOST_ELEMENTS;
  passedOver = false;

  take(): boolean {
    if (this.#left > 0) {
      this.#left--;
      return true;
    }
    this.passedOver = true;
    return false;
  }
}

/** The value is nested deeper than `DEEPEST`. */
export class TooDeep extends Error {}

/** Takes the attributes of one span, event, link, resource or log record, one after the other. */
export interface AttributeSink {
  /** Set to the key before its value is handed over. */
  readonly key: ByteRange;
  /** A text, as UTF-8 bytes of a larger buffer. */
  text(source: Uint8Array, start: number, end: number): void;
  number(value: number): void;
  /** Any value; `cut` where elements of it were passed over. */
  value(value: AnyValue, cut: boolean): void;
  /** Called in place of a value nested too deep. */
  tooDeep(): void;
}

/** The value as text, as the OpenTelemetry Collector writes it: base64 for bytes, JSON for arrays and maps. */
export function attributeText(value: AnyValue): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return jsonOf(value);
}

function jsonOf(value: AnyValue): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `"${value}"`;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`;
  if (value instanceof Map)
    return `{${[...value].map(([key, inner]) => `${JSON.stringify(key)}:${jsonOf(inner)}`).join(',')}}`;
  return `[${value.map(jsonOf).join(',')}]`;
}
