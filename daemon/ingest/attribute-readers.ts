import type { AnyValue, AttributeSink } from './any-value.ts';
import type { AttributeWriter } from './attributes.ts';
import type { ByteRange } from './byte-range.ts';
import type { MlAttribute } from './ml-attributes.ts';

const ML_PREFIX = Buffer.from('ml.');
const SERVICE_NAME = Buffer.from('service.name');

/** Writes everything, and keeps what starts with `ml.` as values. */
export class MlReader implements AttributeSink {
  readonly key: ByteRange;
  readonly #writer: AttributeWriter;
  readonly #found: MlAttribute[];

  constructor(writer: AttributeWriter, found: MlAttribute[]) {
    this.key = writer.key;
    this.#writer = writer;
    this.#found = found;
  }

  text(source: Uint8Array, start: number, end: number): void {
    if (this.key.startsWith(ML_PREFIX))
      this.#found.push([this.key.text(), Buffer.from(source.subarray(start, end)).toString()]);
    this.#writer.text(source, start, end);
  }

  number(value: number): void {
    if (this.key.startsWith(ML_PREFIX)) this.#found.push([this.key.text(), value]);
    this.#writer.number(value);
  }

  value(value: AnyValue): void {
    if (this.key.startsWith(ML_PREFIX)) this.#found.push([this.key.text(), value]);
    this.#writer.value(value);
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
    this.#writer.number(value);
  }

  value(value: AnyValue): void {
    if (typeof value === 'string' && this.key.equals(SERVICE_NAME)) this.#service.setText(value);
    this.#writer.value(value);
  }

  tooDeep(): void {
    this.#writer.tooDeep();
  }
}
