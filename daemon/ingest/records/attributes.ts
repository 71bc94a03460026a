import type { Mended } from './admission.ts';
import { attributeText, type AnyValue, type AttributeSink } from '../decode/any-value.ts';
import { ByteRange, wholeCharacters } from '../decode/byte-range.ts';
import type { StringColumn } from '../native/columns.ts';

export interface AttributeLimits {
  readonly maxAttributes: number;
  readonly maxAttributeBytes: number;
}

/** Where attributes go: keys and values of a map. */
export interface AttributeTarget {
  readonly keys: { pushBytes(source: Uint8Array, start: number, end: number): void };
  readonly values: StringColumn;
}

/** Writes attributes as text; drops those above the limit and cuts long ones, both counted through `mend`. */
export class AttributeWriter implements AttributeSink {
  readonly key = new ByteRange();
  readonly #target: AttributeTarget;
  readonly #limits: AttributeLimits;
  readonly #mend: (what: Mended) => void;
  #count = 0;
  /** A value of the present record was nested too deep. */
  sawTooDeep = false;

  constructor(target: AttributeTarget, limits: AttributeLimits, mend: (what: Mended) => void) {
    this.#target = target;
    this.#limits = limits;
    this.#mend = mend;
  }

  /** Starts the attributes of another span, event or link. */
  begin(): void {
    this.#count = 0;
    this.sawTooDeep = false;
  }

  text(source: Uint8Array, start: number, end: number): void {
    if (!this.#pushKey()) return;
    const most = this.#limits.maxAttributeBytes;
    if (end - start <= most) return this.#target.values.pushBytes(source, start, end);
    this.#mend('attribute_cut');
    this.#target.values.pushBytes(source, start, wholeCharacters(source, start, start + most));
  }

  number(value: number): void {
    if (this.#pushKey()) this.#target.values.pushNumber(value);
  }

  value(value: AnyValue, cut: boolean): void {
    if (typeof value === 'number') return this.number(value);
    const text = attributeText(value);
    const most = this.#limits.maxAttributeBytes;
    if (text.length <= most / 4) {
      if (this.#pushKey()) this.#target.values.push(text);
      return;
    }
    const bytes = Buffer.from(text);
    if (cut && bytes.length <= most && this.#count < this.#limits.maxAttributes) this.#mend('attribute_cut');
    this.text(bytes, 0, bytes.length);
  }

  /** Writes a count of what the sender dropped, where it did; it does not count towards the limit. */
  dropped(key: Uint8Array, count: number): void {
    if (count === 0) return;
    this.#target.keys.pushBytes(key, 0, key.length);
    this.#target.values.pushNumber(count);
  }

  tooDeep(): void {
    this.sawTooDeep = true;
  }

  #pushKey(): boolean {
    this.#count++;
    if (this.#count > this.#limits.maxAttributes) {
      this.#mend('attribute_dropped');
      return false;
    }
    const { source, start, end } = this.key;
    const fits = end - start <= LONGEST_KEY;
    if (!fits) this.#mend('key_cut');
    this.#target.keys.pushBytes(source, start, fits ? end : wholeCharacters(source, start, start + LONGEST_KEY));
    return true;
  }
}

/**
 * Keys under which a format without a place of its own for them has these counts (OpenTelemetry specification, "Mapping to
 * non-OTLP formats").
 */
export const DROPPED_ATTRIBUTES = Buffer.from('otel.dropped_attributes_count');
export const DROPPED_EVENTS = Buffer.from('otel.dropped_events_count');
export const DROPPED_LINKS = Buffer.from('otel.dropped_links_count');

/** Bytes; keys are a dictionary that every row shares: a longer one is cut. */
const LONGEST_KEY = 256;
