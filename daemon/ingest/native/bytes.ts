/** Up to so many bytes a loop is cheaper than a call into the engine. */
const LOOPED = 96;
/** Hexadecimal digits of a byte, as two characters. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const HEX_UPPER = Uint8Array.from(HEX, (digits) => digits.charCodeAt(0));
const HEX_LOWER = Uint8Array.from(HEX, (digits) => digits.charCodeAt(1));

/** A byte buffer that grows. Numbers are little-endian, as ClickHouse's `Native` format and our files have them. */
export class Bytes {
  #buffer: Buffer;
  #view: DataView;
  length = 0;

  constructor(capacity = 64) {
    this.#buffer = Buffer.allocUnsafeSlow(capacity);
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** The memory that is written to; another one after it has grown. */
  get buffer(): Uint8Array {
    return this.#buffer;
  }

  /** What was written so far; valid until the next write. */
  written(from = 0, to: number = this.length): Buffer {
    return this.#buffer.subarray(from, to);
  }

  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.length);
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
  }

  byte(value: number): void {
    this.reserve(1);
    this.#buffer[this.length++] = value;
  }

  /** Unsigned LEB128 of a whole number up to 2^53. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    for (; rest > 0x7f_ff_ff_ff; rest = Math.floor(rest / 128)) this.#buffer[this.length++] = (rest % 128) | 0x80;
    for (; rest > 0x7f; rest >>>= 7) this.#buffer[this.length++] = (rest & 0x7f) | 0x80;
    this.#buffer[this.length++] = rest;
  }

  uint32(value: number): void {
    this.reserve(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  uint32At(place: number): number {
    return this.#view.getUint32(place, true);
  }

  /** A 64-bit integer from its halves; the upper one carries the sign. */
  halves(low: number, high: number): void {
    this.reserve(8);
    this.#view.setUint32(this.length, low, true);
    this.#view.setUint32(this.length + 4, high, true);
    this.length += 8;
  }

  /** A 64-bit integer from a whole number within 2^53 of zero. */
  int64(value: number): void {
    this.halves(value % 4_294_967_296, Math.floor(value / 4_294_967_296));
  }

  float32(value: number): void {
    this.reserve(4);
    this.#view.setFloat32(this.length, value, true);
    this.length += 4;
  }

  float64(value: number): void {
    this.reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  copy(source: Uint8Array, start = 0, end: number = source.length): void {
    const size = end - start;
    this.reserve(size);
    if (size <= LOOPED) {
      for (let from = start; from < end; from++) this.#buffer[this.length++] = source[from]!;
      return;
    }
    this.#buffer.set(source.subarray(start, end), this.length);
    this.length += size;
  }

  /**
   * Copies a few bytes that must be ASCII, after their number.
   * @returns false when they are not ASCII, or more than a loop is worth; nothing is written then
   */
  ascii(source: Uint8Array, start: number, end: number): boolean {
    const size = end - start;
    if (size > LOOPED) return false;
    this.reserve(size + 1);
    const buffer = this.#buffer;
    let to = this.length;
    buffer[to++] = size;
    let all = 0;
    for (let from = start; from < end; from++) {
      const byte = source[from]!;
      all |= byte;
      buffer[to++] = byte;
    }
    if (all > 0x7f) return false;
    this.length = to;
    return true;
  }

  /** Lower-case hexadecimal digits of bytes, after their number. */
  hex(source: Uint8Array, start: number, end: number): void {
    this.varint((end - start) * 2);
    this.reserve((end - start) * 2);
    const buffer = this.#buffer;
    let to = this.length;
    for (let from = start; from < end; from++) {
      const byte = source[from]!;
      buffer[to++] = HEX_UPPER[byte]!;
      buffer[to++] = HEX_LOWER[byte]!;
    }
    this.length = to;
  }

  /** UTF-8 after its length as a varint; a lone surrogate becomes U+FFFD. */
  text(value: string): void {
    const size = value.length;
    if (size <= LOOPED) {
      this.reserve(size + 1);
      const start = this.length;
      this.#buffer[this.length++] = size;
      for (let at = 0; at < size; at++) {
        const code = value.charCodeAt(at);
        if (code > 0x7f) {
          this.length = start;
          return this.#longText(value);
        }
        this.#buffer[this.length++] = code;
      }
      return;
    }
    this.#longText(value);
  }

  /** UTF-8 alone. */
  utf8(value: string): void {
    this.reserve(value.length * 3);
    this.length += this.#buffer.write(value, this.length, 'utf8');
  }

  #longText(value: string): void {
    const size = Buffer.byteLength(value);
    this.varint(size);
    this.reserve(size);
    this.length += this.#buffer.write(value, this.length, size, 'utf8');
  }
}

/** A list of unsigned 32-bit numbers that grows. */
export class Uint32List {
  #values = new Uint32Array(16);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) this.reserve(1);
    this.#values[this.length++] = value;
  }

  /** Adds every number from one place to another, each with `more` added to it. */
  append(numbers: Uint32Array, from: number, to: number, more: number): void {
    this.reserve(to - from);
    const values = this.#values;
    let at = this.length;
    for (let place = from; place < to; place++) values[at++] = numbers[place]! + more;
    this.length = at;
  }

  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.#values.length) return;
    const grown = new Uint32Array(Math.max(needed, this.#values.length * 2));
    grown.set(this.#values);
    this.#values = grown;
  }

  set(place: number, value: number): void {
    this.#values[place] = value;
  }

  /** The number at a place that has one. */
  get(place: number): number {
    return this.#values[place]!;
  }

  /** The number at a place; 0 outside. */
  at(place: number): number {
    return place >= 0 && place < this.length ? this.#values[place]! : 0;
  }

  values(): Uint32Array {
    return this.#values.subarray(0, this.length);
  }
}
