import { isUtf8 } from 'node:buffer';
import type { BlockParts } from './block-parts.ts';
import { Bytes, Uint32List } from './bytes.ts';
import { Dictionary } from './dictionary.ts';
import { encodeLowCardinality } from './low-cardinality.ts';
import { writeNumber } from './number-text.ts';

/**
 * One column of a block in ClickHouse's `Native` format, written value by value. A value is a row, or an element where
 * the column is inside an array or a map. `truncate` takes back what came last, without a trace.
 */
export interface Column {
  /** As in `system.columns`. */
  readonly type: string;
  readonly rows: number;
  truncate(rows: number): void;
  /** What the format wants before the data, and before the ends of any array around: versions of dictionaries. */
  prefix(out: BlockParts): void;
  encode(out: BlockParts): void;
}

export abstract class FixedColumn implements Column {
  readonly type: string;
  protected readonly bytes = new Bytes();
  readonly #width: number;

  constructor(type: string, width: number) {
    this.type = type;
    this.#width = width;
  }

  get rows(): number {
    return this.bytes.length / this.#width;
  }

  /** Adds rows as the column has them. */
  append(rows: Uint8Array, start: number, end: number): void {
    this.bytes.copy(rows, start, end);
  }

  truncate(rows: number): void {
    this.bytes.length = rows * this.#width;
  }

  prefix(): void {}

  encode(out: BlockParts): void {
    out.attach(this.bytes.written());
  }
}

export class Float64Column extends FixedColumn {
  constructor() {
    super('Float64', 8);
  }

  push(value: number): void {
    this.bytes.float64(value);
  }

  pushAll(values: Float64Array): void {
    this.bytes.copy(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
}

export class Float32Column extends FixedColumn {
  constructor() {
    super('Float32', 4);
  }

  push(value: number): void {
    this.bytes.float32(value);
  }
}

/** `Int32`, or `DateTime` in UTC as seconds since 1970. */
export class Integer32Column extends FixedColumn {
  constructor(type: 'Int32' | "DateTime('UTC')") {
    super(type, 4);
  }

  push(value: number): void {
    this.bytes.uint32(value);
  }

  /** A row, unsigned. */
  at(row: number): number {
    return this.bytes.uint32At(row * 4);
  }
}

/** Any 64-bit integer: counts, and times in the unit of their type since 1970. */
export class Integer64Column extends FixedColumn {
  constructor(type: 'UInt64' | "DateTime64(3, 'UTC')" | "DateTime64(9, 'UTC')") {
    super(type, 8);
  }

  /** @param value a whole number within 2^53 of zero */
  push(value: number): void {
    this.bytes.int64(value);
  }

  /** Both halves unsigned; the upper one carries the sign. */
  pushHalves(low: number, high: number): void {
    this.bytes.halves(low, high);
  }

  /** Lower half of a row, unsigned. */
  lowAt(row: number): number {
    return this.bytes.uint32At(row * 8);
  }

  /** Upper half of a row, unsigned. */
  highAt(row: number): number {
    return this.bytes.uint32At(row * 8 + 4);
  }
}

/** Numbers from one place in memory up to another. */
export interface Range<Memory> {
  readonly memory: Memory;
  readonly start: number;
  readonly end: number;
}

/** Numbers of texts that something else gave, and where their bytes lie. */
export interface Names {
  readonly bytes: Uint8Array;
  startOf(name: number): number;
  endOf(name: number): number;
}

export class StringColumn implements Column {
  readonly type = 'String';
  readonly #bytes = new Bytes();
  readonly #ends = new Uint32List();

  get rows(): number {
    return this.#ends.length;
  }

  /** Of all values, each with its length. */
  get byteLength(): number {
    return this.#bytes.length;
  }

  push(value: string): void {
    this.#bytes.text(value);
    this.#ends.push(this.#bytes.length);
  }

  /** UTF-8 as it is; what is not UTF-8 becomes U+FFFD. */
  pushBytes(source: Uint8Array, start: number, end: number): void {
    if (!this.#bytes.ascii(source, start, end)) {
      if (!isUtf8(source.subarray(start, end))) {
        this.push(Buffer.from(source.buffer, source.byteOffset + start, end - start).toString());
        return;
      }
      this.#bytes.varint(end - start);
      this.#bytes.copy(source, start, end);
    }
    this.#ends.push(this.#bytes.length);
  }

  /** Bytes as lower-case hexadecimal. */
  pushHex(source: Uint8Array, start: number, end: number): void {
    this.#bytes.hex(source, start, end);
    this.#ends.push(this.#bytes.length);
  }

  /** A number as JavaScript writes it. */
  pushNumber(value: number): void {
    writeNumber(this.#bytes, value);
    this.#ends.push(this.#bytes.length);
  }

  /** Every value of another column, behind the last. */
  append(other: StringColumn): void {
    const ends = other.#ends.values();
    this.appendTexts(
      { memory: other.#bytes.buffer, start: 0, end: other.#bytes.length },
      { memory: ends, start: 0, end: ends.length },
    );
  }

  /** Adds values, each behind its length, and where each of them ends. */
  appendTexts(bytes: Range<Uint8Array>, ends: Range<Uint32Array>): void {
    this.#ends.append(ends.memory, ends.start, ends.end, this.#bytes.length);
    this.#bytes.copy(bytes.memory, bytes.start, bytes.end);
  }

  truncate(rows: number): void {
    this.#bytes.length = this.#ends.at(rows - 1);
    this.#ends.length = rows;
  }

  prefix(): void {}

  encode(out: BlockParts): void {
    out.attach(this.#bytes.written());
  }
}

/** Texts that repeat: a dictionary and indexes into it. */
export class LowCardinalityColumn implements Column {
  readonly type = 'LowCardinality(String)';
  readonly #indexes = new Uint32List();
  readonly #dictionary: Dictionary;
  /** Texts that were there from the start. */
  readonly #kept: number;
  /** The row that brought each text, so that taking the row back takes the text back. */
  readonly #broughtBy = new Uint32List();

  /** @param texts have the places 1, 2, … from the start, and stay */
  constructor(texts: readonly string[] = []) {
    this.#dictionary = new Dictionary(texts);
    for (let place = 0; place < this.#dictionary.size; place++) this.#broughtBy.push(0);
    this.#kept = this.#dictionary.size;
  }

  get rows(): number {
    return this.#indexes.length;
  }

  push(value: string): void {
    this.pushPlace(this.#dictionary.place(value));
  }

  /** UTF-8 as it is; what is not UTF-8 becomes U+FFFD. */
  pushBytes(source: Uint8Array, start: number, end: number): void {
    this.pushPlace(this.#dictionary.placeOf(source, start, end));
  }

  /** The text that has this place in the dictionary; '' has 0. */
  pushPlace(place: number): void {
    while (place >= this.#broughtBy.length) this.#broughtBy.push(this.#indexes.length);
    this.#indexes.push(place);
  }

  /** Adds texts by their places in the dictionary, which have been there from the start. */
  appendPlaces({ memory, start, end }: Range<Uint32Array>): void {
    this.#indexes.append(memory, start, end, 0);
  }

  /**
   * Adds texts by the numbers that something else gave them.
   * @param places of texts in the dictionary, plus 1, by those numbers; what is new in it is added
   */
  appendNames({ memory, start, end }: Range<Uint32Array>, names: Names, places: Uint32Array): void {
    this.#indexes.reserve(end - start);
    for (let at = start; at < end; at++) {
      const name = memory[at]!;
      places[name] ||= this.#dictionary.placeOf(names.bytes, names.startOf(name), names.endOf(name)) + 1;
      this.pushPlace(places[name] - 1);
    }
  }

  /** Place of a text in the dictionary, for `pushPlace`: push it before rows are taken back. */
  placeOf(text: string): number {
    return this.#dictionary.place(text);
  }

  /** Place in the dictionary of the text of a row. */
  placeAt(row: number): number {
    return this.#indexes.at(row);
  }

  /** The text of a place in the dictionary. */
  textOf(place: number): string {
    return this.#dictionary.text(place);
  }

  truncate(rows: number): void {
    this.#indexes.length = rows;
    while (this.#dictionary.size > this.#kept && this.#broughtBy.at(this.#dictionary.size - 1) >= rows) {
      this.#dictionary.pop();
      this.#broughtBy.length--;
    }
  }

  prefix(out: BlockParts): void {
    out.int64(1);
  }

  encode(out: BlockParts): void {
    encodeLowCardinality(this.#dictionary, this.#indexes, out);
  }
}

export class NullableFloat64Column implements Column {
  readonly type = 'Nullable(Float64)';
  readonly #nulls = new Bytes();
  readonly #values = new Float64Column();

  get rows(): number {
    return this.#nulls.length;
  }

  push(value: number | null): void {
    this.#nulls.byte(value === null ? 1 : 0);
    this.#values.push(value ?? 0);
  }

  truncate(rows: number): void {
    this.#nulls.length = rows;
    this.#values.truncate(rows);
  }

  prefix(): void {}

  encode(out: BlockParts): void {
    out.attach(this.#nulls.written());
    this.#values.encode(out);
  }
}
