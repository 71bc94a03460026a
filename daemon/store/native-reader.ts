import type { TakeMemory } from '../../shadow/take-memory.ts';

/** Stands around each name of a list. */
const AROUND_NAME = 0xff;

/** Strings with a dictionary: `LowCardinality(String)`. */
export interface DictionaryColumn {
  readonly keys: readonly string[];
  /** Index into `keys`, one a value. */
  readonly indexes: Uint8Array | Uint16Array | Uint32Array;
}

/**
 * Reads the columns of `Native` blocks in the order in which a SELECT named them. Numbers are little-endian, as typed
 * arrays are on every machine the engine runs on.
 */
export class NativeReader {
  readonly #bytes: Uint8Array;
  readonly #take: TakeMemory | undefined;
  readonly #stay: boolean;
  readonly #text = new TextDecoder();
  #at = 0;
  #rows = 0;

  /**
   * @param take where columns are copied to; memory of their own without it
   * @param stay the bytes last as long as the columns: what need not be copied is not
   */
  constructor(bytes: Uint8Array, take?: TakeMemory, stay = false) {
    this.#bytes = bytes;
    this.#take = take;
    this.#stay = stay;
  }

  /** Begins the next block. @returns false behind the last one */
  next(): boolean {
    if (this.#at >= this.#bytes.length) return false;
    this.#varint();
    this.#rows = this.#varint();
    return true;
  }

  /** How many bytes were read so far. */
  get position(): number {
    return this.#at;
  }

  /** Rows of the block. */
  get rows(): number {
    return this.#rows;
  }

  /** `String`: the column as it stands in the block, each text behind its length (varint). */
  texts(): Uint8Array {
    this.#header('String');
    return this.#column(behindTexts(this.#bytes, this.#at, this.#rows) - this.#at, 1);
  }

  /** `Int64` and `DateTime64`. */
  integers(): BigInt64Array {
    this.#header('Int64', 'DateTime64(3)', `DateTime64(3, 'UTC')`);
    const copy = this.#column(this.#rows * 8, 8);
    return new BigInt64Array(copy.buffer, copy.byteOffset, this.#rows);
  }

  /** `UInt8`. */
  small(): Uint8Array {
    this.#header('UInt8');
    return this.#column(this.#rows, 1);
  }

  /** `UInt16`. */
  codes(): Uint16Array {
    this.#header('UInt16');
    const copy = this.#column(this.#rows * 2, 2);
    return new Uint16Array(copy.buffer, copy.byteOffset, this.#rows);
  }

  /** `Float64`. */
  floats(): Float64Array {
    this.#header('Float64');
    const copy = this.#column(this.#rows * 8, 8);
    return new Float64Array(copy.buffer, copy.byteOffset, this.#rows);
  }

  /** `UInt64`, exact up to 2^53. */
  counts(): Float64Array {
    this.#header('UInt64');
    return this.#naturals(this.#rows);
  }

  /** `LowCardinality(String)`. */
  dictionary(): DictionaryColumn {
    this.#header('LowCardinality(String)');
    this.#at += 8;
    return this.#dictionary(this.#rows, () => this.#string());
  }

  /** Lists of names, see `number-columns.ts`: `LowCardinality(String)` with each name between bytes of 0xff. */
  nameLists(): { readonly lists: readonly (readonly string[])[]; readonly indexes: DictionaryColumn['indexes'] } {
    this.#header('LowCardinality(String)');
    this.#at += 8;
    const { keys, indexes } = this.#dictionary(this.#rows, () => this.#names());
    return { lists: keys, indexes };
  }

  /** `Array(Float32)` and `Array(Float64)`: all values, row after row. */
  floatArrays(): Float32Array | Float64Array {
    const type = this.#header('Array(Float32)', 'Array(Float64)');
    // Of the ends of all rows the last one tells.
    this.#at += Math.max(0, this.#rows - 1) * 8;
    const count = this.#rows === 0 ? 0 : this.#integer();
    const size = type === 'Array(Float32)' ? 4 : 8;
    const single = size === 4;
    const { buffer, byteOffset } = this.#column(count * size, size);
    return single ? new Float32Array(buffer, byteOffset, count) : new Float64Array(buffer, byteOffset, count);
  }

  /** `Array(UInt32)`: all values, row after row; `ends` counts from the first row. */
  naturalArrays(): { readonly ends: Uint32Array; readonly values: Uint32Array } {
    this.#header('Array(UInt32)');
    const ends = this.#ends();
    const count = ends.at(-1) ?? 0;
    const { buffer, byteOffset } = this.#column(count * 4, 4);
    return { ends, values: new Uint32Array(buffer, byteOffset, count) };
  }

  /** `Map(Int32, UInt64)`: all keys and their counts, row after row; `ends` counts from the first row. */
  codeCounts(): { readonly ends: Uint32Array; readonly codes: Int32Array; readonly counts: Float64Array } {
    this.#header('Map(Int32, UInt64)');
    const ends = this.#ends();
    const size = ends.at(-1) ?? 0;
    const { buffer, byteOffset } = this.#column(size * 4, 4);
    return { ends, codes: new Int32Array(buffer, byteOffset, size), counts: this.#naturals(size) };
  }

  /** `Map(String, UInt64)`. */
  textCounts(): { readonly ends: Uint32Array; readonly texts: readonly string[]; readonly counts: Float64Array } {
    this.#header('Map(String, UInt64)');
    const ends = this.#ends();
    const size = ends.at(-1) ?? 0;
    return { ends, texts: Array.from({ length: size }, () => this.#string()), counts: this.#naturals(size) };
  }

  #dictionary<Key>(
    count: number,
    read: () => Key,
  ): { readonly keys: readonly Key[]; readonly indexes: DictionaryColumn['indexes'] } {
    // No rows: nothing follows the prefix.
    if (count === 0) return { keys: [], indexes: new Uint8Array() };
    const width = 1 << (this.#bytes[this.#at] ?? 0);
    this.#at += 8;
    const keys = Array.from({ length: this.#integer() }, read);
    const length = this.#integer();
    const bytes = this.#column(length * width, width);
    if (width === 1) return { keys, indexes: bytes };
    const { buffer, byteOffset } = bytes;
    if (width === 2) return { keys, indexes: new Uint16Array(buffer, byteOffset, length) };
    return { keys, indexes: new Uint32Array(buffer, byteOffset, length) };
  }

  #ends(): Uint32Array {
    // The low halves: a block never holds 2^32 values.
    const { buffer, byteOffset } = this.#column(this.#rows * 8, 8);
    const halves = new Uint32Array(buffer, byteOffset, this.#rows * 2);
    for (let row = 0; row < this.#rows; row++) halves[row] = halves[2 * row]!;
    return halves.subarray(0, this.#rows);
  }

  /**
   * Skips the name of a column.
   * @returns its type
   * @throws when that is none of the expected ones: a statement and its reader do not fit
   */
  #header(...types: readonly string[]): string {
    this.#skipText();
    const type = this.#string();
    if (!types.includes(type)) throw new Error(`a column of type ${type} is read as ${types.join(' or ')}`);
    return type;
  }

  #naturals(count: number): Float64Array {
    const { buffer, byteOffset } = this.#column(count * 8, 8);
    const halves = new Uint32Array(buffer, byteOffset, count * 2);
    // In the same place: each number takes that of its halves, which were read.
    const numbers = new Float64Array(buffer, byteOffset, count);
    for (let at = 0; at < count; at++) numbers[at] = halves[2 * at]! + halves[2 * at + 1]! * 2 ** 32;
    return numbers;
  }

  #integer(): number {
    const { buffer, byteOffset } = this.#bytes;
    this.#at += 8;
    if (this.#at > this.#bytes.length) throw new EndOfBytes();
    return Number(new DataView(buffer, byteOffset + this.#at - 8).getBigUint64(0, true));
  }

  #string(): string {
    const length = this.#varint();
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new EndOfBytes();
    return this.#text.decode(this.#bytes.subarray(this.#at - length, this.#at));
  }

  #names(): string[] {
    const length = this.#varint();
    const end = (this.#at += length);
    if (end > this.#bytes.length) throw new EndOfBytes();
    const names: string[] = [];
    for (let from = end - length + 1; from < end;) {
      const to = this.#bytes.indexOf(AROUND_NAME, from);
      names.push(this.#text.decode(this.#bytes.subarray(from, to)));
      from = to + 1;
    }
    return names;
  }

  #skipText(): void {
    const length = this.#varint();
    this.#at += length;
  }

  /** @param size of one number, in bytes: typed arrays want their numbers at multiples of it */
  #column(length: number, size: number): Uint8Array {
    const { buffer, byteOffset } = this.#bytes;
    const from = byteOffset + this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new EndOfBytes();
    if (this.#stay && from % size === 0) return new Uint8Array(buffer, from, length);
    if (this.#take === undefined) return new Uint8Array(buffer.slice(from, from + length));
    const copy = this.#take(length);
    copy.set(new Uint8Array(buffer, from, length));
    return copy;
  }

  #varint(): number {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new EndOfBytes();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
      shift += 7;
    }
  }
}

/** A block goes on behind the bytes at hand. */
export class EndOfBytes extends Error {
  constructor() {
    super('a block ends before its columns do');
  }
}

/** The end of some texts, one after the other, that begin at `at`. */
function behindTexts(bytes: Uint8Array, at: number, rows: number): number {
  let end = at;
  for (let row = 0; row < rows; row++) {
    const length = bytes[end]!;
    if (length < 0x80) end += 1 + length;
    else end = spanAt(bytes, end).to;
  }
  return end;
}

/** The texts of some rows, ascending. */
export function textsAt(texts: Uint8Array, rows: Uint32Array): string[] {
  const decoder = new TextDecoder();
  const found: string[] = [];
  let at = 0;
  let row = 0;
  for (const wanted of rows) {
    for (; row < wanted; row++) at = spanAt(texts, at).to;
    const { from, to } = spanAt(texts, at);
    found.push(decoder.decode(texts.subarray(from, to)));
  }
  return found;
}

/** The texts of some rows, ascending, as a column of their own. */
export function pickTexts(texts: Uint8Array, rows: Uint32Array): Uint8Array {
  const picked = new Uint8Array(texts.length);
  let [at, row, end] = [0, 0, 0];
  for (const wanted of rows) {
    for (; row < wanted; row++) at = spanAt(texts, at).to;
    const { to } = spanAt(texts, at);
    picked.set(texts.subarray(at, to), end);
    end += to - at;
    [at, row] = [to, row + 1];
  }
  return picked.subarray(0, end);
}

/** Where the bytes of the text lie whose length (varint) stands at `at`. */
function spanAt(texts: Uint8Array, at: number): { readonly from: number; readonly to: number } {
  let [length, shift, from] = [0, 0, at];
  for (;;) {
    const byte = texts[from++] ?? 0;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { from, to: from + length };
    shift += 7;
  }
}
