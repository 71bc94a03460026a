import { attributeText, type AnyValue, type AttributeSink } from '../decode/any-value.ts';
import type { AttributeWriter } from './attributes.ts';
import { ByteRange } from '../decode/byte-range.ts';
import { isMlKey, type MlAttributes } from './ml-attributes.ts';

const SERVICE_NAME = Buffer.from('service.name');

/** Keeps what starts with `ml.` as values, and nothing else. */
export class MlSink implements AttributeSink {
  readonly key = new ByteRange();
  /** A value of the present record was nested too deep. */
  sawTooDeep = false;
  readonly #found: MlAttributes;

  constructor(found: MlAttributes) {
    this.#found = found;
  }

  text(source: Uint8Array, start: number, end: number): void {
    if (isMlKey(this.key)) this.#found.addText(this.key, source, start, end);
  }

  number(value: number): void {
    if (isMlKey(this.key)) this.#found.add(this.key, value);
  }

  value(value: AnyValue): void {
    if (isMlKey(this.key)) this.#found.add(this.key, value);
  }

  tooDeep(): void {
    this.sawTooDeep = true;
  }
}

/** Writes everything, and keeps what starts with `ml.` as values. */
export class MlReader implements AttributeSink {
  readonly key: ByteRange;
  readonly #writer: AttributeWriter;
  readonly #found: MlAttributes;

  constructor(writer: AttributeWriter, found: MlAttributes) {
    this.key = writer.key;
    this.#writer = writer;
    this.#found = found;
  }

  text(source: Uint8Array, start: number, end: number): void {
    if (isMlKey(this.key)) this.#found.addText(this.key, source, start, end);
    this.#writer.text(source, start, end);
  }

  number(value: number): void {
    if (isMlKey(this.key)) this.#found.add(this.key, value);
    this.#writer.number(value);
  }

  value(value: AnyValue, cut: boolean): void {
    if (isMlKey(this.key)) this.#found.add(this.key, value);
    this.#writer.value(value, cut);
  }

  tooDeep(): void {
    this.#writer.tooDeep();
  }
}

/** Writes everything, and keeps the name of the service. */
export class ServiceReader implements AttributeSink {
  readonly key: ByteRange;
  readonly #writer: AttributeWriter;
  readonly #service: ByteRange;

  constructor(writer: AttributeWriter, service: ByteRange) {
    this.key = writer.key;
    this.#writer = writer;
    this.#service = service;
  }

  text(source: Uint8Array, start: number, end: number): void {
    if (this.key.equals(SERVICE_NAME)) this.#service.set(source, start, end);
    this.#writer.text(source, start, end);
  }

  number(value: number): void {
    if (this.key.equals(SERVICE_NAME)) this.#service.setText(String(value));
    this.#writer.number(value);
  }

  value(value: AnyValue, cut: boolean): void {
    if (this.key.equals(SERVICE_NAME)) this.#service.setText(attributeText(value));
    this.#writer.value(value, cut);
  }

  tooDeep(): void {
    this.#writer.tooDeep();
  }
}
