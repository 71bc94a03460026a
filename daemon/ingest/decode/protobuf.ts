import type { ByteRange } from './byte-range.ts';

/** The bytes are not a message of the expected kind; the whole body is refused. */
export class Malformed extends Error {
  readonly code: 'invalid_request' | 'too_large' = 'invalid_request';
}

/** The body would become more than it may; the whole of it is refused. */
export class Oversized extends Malformed {
  override readonly code = 'too_large';
}

/** Wire types of protobuf (encoding guide, "Message structure"). */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** Reads one protobuf message field by field; never past its end, never recursing by itself. */
export class ProtobufReader {
  readonly bytes: Buffer;
  readonly #view: DataView;
  at = 0;
  /** End of the message being read. */
  limit: number;
  /** Halves of the last 64-bit value, unsigned. */
  low = 0;
  high = 0;

  constructor(body: Uint8Array) {
    this.bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.limit = body.byteLength;
  }

  get more(): boolean {
    return this.at < this.limit;
  }

  /** Field number times 8 plus wire type. */
  tag(): number {
    const first = this.at < this.limit ? this.bytes[this.at]! : 0;
    if (first >= 8 && first < 0x80) {
      this.at++;
      return first;
    }
    const tag = this.varint();
    if (tag > 0xff_ff_ff_ff || tag < 8) throw new Malformed(`a tag of ${tag} at byte ${this.at}`);
    return tag;
  }

  /** A varint; beyond 2^53 only `low` and `high` are exact. */
  varint(): number {
    const first = this.at < this.limit ? this.bytes[this.at]! : 0x80;
    if (first < 0x80) {
      this.at++;
      this.low = first;
      this.high = 0;
      return first;
    }
    return this.#longVarint();
  }

  #longVarint(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= this.limit) throw new Malformed('a number is cut off');
      const byte = this.bytes[this.at++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else high |= (bits & 1) << 31;
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return this.high * 4_294_967_296 + this.low;
      }
    }
    throw new Malformed('a number is longer than 10 bytes');
  }

  /** A varint of 32 bits; what is longer loses its upper bits, as in every reader of protobuf. */
  uint32(): number {
    this.varint();
    return this.low;
  }

  fixed64(): void {
    this.#need(8);
    this.low = this.#view.getUint32(this.at, true);
    this.high = this.#view.getUint32(this.at + 4, true);
    this.at += 8;
  }

  double(): number {
    this.#need(8);
    this.at += 8;
    return this.#view.getFloat64(this.at - 8, true);
  }

  /** Enters a length-delimited field; hand what it gives to `leave` at the end. */
  enter(): number {
    const size = this.varint();
    if (size > this.limit - this.at) throw new Malformed('a field is longer than its message');
    const outer = this.limit;
    this.limit = this.at + size;
    return outer;
  }

  leave(outer: number): void {
    this.at = this.limit;
    this.limit = outer;
  }

  /** Where the content of a length-delimited field lies. */
  range(into: ByteRange): void {
    const outer = this.enter();
    into.set(this.bytes, this.at, this.limit);
    this.leave(outer);
  }

  text(): string {
    const outer = this.enter();
    const text = this.bytes.toString('utf8', this.at, this.limit);
    this.leave(outer);
    return text;
  }

  /** A copy of the content of a length-delimited field. */
  copy(): Buffer {
    const outer = this.enter();
    const bytes = Buffer.from(this.bytes.subarray(this.at, this.limit));
    this.leave(outer);
    return bytes;
  }

  /** Passes over a field that is not known, or not of the expected wire type. */
  skip(tag: number): void {
    const wire = tag & 7;
    if (wire === VARINT) this.varint();
    else if (wire === LENGTH) this.leave(this.enter());
    else if (wire === FIXED64) this.#skipFixed(8);
    else if (wire === FIXED32) this.#skipFixed(4);
    else throw new Malformed(`wire type ${wire} is not part of OTLP`);
  }

  #skipFixed(size: number): void {
    this.#need(size);
    this.at += size;
  }

  #need(size: number): void {
    if (size > this.limit - this.at) throw new Malformed('a number is cut off');
  }
}
