import { isUtf8 } from 'node:buffer';
import { Bytes, Uint32List } from './bytes.ts';

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
  prefix(out: Bytes): void;
  encode(out: Bytes): void;
}

abstract class FixedColumn implements Column {
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

  truncate(rows: number): void {
    this.bytes.length = rows * this.#width;
  }

  prefix(): void {}

  encode(out: Bytes): void {
    out.copy(this.bytes.written());
  }
}

export class Float64Column extends FixedColumn {
  constructor() {
    super('Float64', 8);
  }

  push(value: number): void {
    this.bytes.float64(value);
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

/** `Int32`, or `DateTime` as seconds since 1970. */
export class Integer32Column extends FixedColumn {
  constructor(type: 'Int32' | 'DateTime') {
    super(type, 4);
  }

  push(value: number): void {
    this.bytes.uint32(value);
  }
}

/** Any 64-bit integer: counts, and times in the unit of their type since 1970. */
export class Integer64Column extends FixedColumn {
  constructor(type: 'UInt64' | 'DateTime64(3)' | 'DateTime64(9)') {
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
}

export class StringColumn implements Column {
  readonly type = 'String';
  readonly #bytes = new Bytes();
  readonly #ends = new Uint32List();

  get rows(): number {
    return this.#ends.length;
  }

  push(value: string): void {
    this.#bytes.text(value);
    this.#ends.push(this.#bytes.length);
  }

  /** UTF-8 as it is; what is not UTF-8 becomes U+FFFD. */
  pushBytes(source: Uint8Array, start: number, end: number): void {
    let ascii = end - start <= 40;
    for (let at = start; ascii && at < end; at++) ascii = source[at]! < 0x80;
    if (!ascii && !isUtf8(source.subarray(start, end))) {
      return this.push(Buffer.from(source.buffer, source.byteOffset + start, end - start).toString());
    }
    this.#bytes.varint(end - start);
    this.#bytes.copy(source, start, end);
    this.#ends.push(this.#bytes.length);
  }

  /** Every value of another column, behind the last. */
  append(other: StringColumn): void {
    const shift = this.#bytes.length;
    this.#bytes.copy(other.#bytes.written());
    for (const end of other.#ends.values()) this.#ends.push(end + shift);
  }

  truncate(rows: number): void {
    this.#bytes.length = this.#ends.at(rows - 1);
    this.#ends.length = rows;
  }

  prefix(): void {}

  encode(out: Bytes): void {
    out.copy(this.#bytes.written());
  }
}

/** Texts that repeat: a dictionary and indexes into it. */
export class LowCardinalityColumn implements Column {
  readonly type = 'LowCardinality(String)';
  readonly #indexes = new Uint32List();
  readonly #places = new Map<string, number>([['', 0]]);
  readonly #keys: string[] = [''];
  /** The row that brought each key, so that taking the row back takes the key back. */
  readonly #broughtBy = new Uint32List();

  constructor() {
    this.#broughtBy.push(0);
  }

  get rows(): number {
    return this.#indexes.length;
  }

  push(value: string): void {
    let place = this.#places.get(value);
    if (place === undefined) {
      place = this.#keys.length;
      this.#places.set(value, place);
      this.#keys.push(value);
      this.#broughtBy.push(this.#indexes.length);
    }
    this.#indexes.push(place);
  }

  truncate(rows: number): void {
    this.#indexes.length = rows;
    while (this.#keys.length > 1 && this.#broughtBy.at(this.#keys.length - 1) >= rows) {
      this.#places.delete(this.#keys.pop() ?? '');
      this.#broughtBy.length--;
    }
  }

  prefix(out: Bytes): void {
    out.int64(1);
  }

  encode(out: Bytes): void {
    if (this.rows === 0) return;
    const width = this.#keys.length <= 0x100 ? 1 : this.#keys.length <= 0x10000 ? 2 : 4;
    out.int64((width === 4 ? 2 : width - 1) | 0x600);
    out.int64(this.#keys.length);
    for (const key of this.#keys) out.text(key);
    out.int64(this.rows);
    const indexes = this.#indexes.values();
    const narrow = width === 1 ? Uint8Array.from(indexes) : width === 2 ? Uint16Array.from(indexes) : indexes;
    out.copy(new Uint8Array(narrow.buffer, narrow.byteOffset, narrow.byteLength));
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

  encode(out: Bytes): void {
    out.copy(this.#nulls.written());
    this.#values.encode(out);
  }
}
