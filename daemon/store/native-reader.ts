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
  readonly #text = new TextDecoder();
  #at = 0;
  #rows = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Begins the next block. @returns false behind the last one */
  next(): boolean {
    if (this.#at >= this.#bytes.length) return false;
    this.#varint();
    this.#rows = this.#varint();
    return true;
  }

  /** Rows of the block. */
  get rows(): number {
    return this.#rows;
  }

  /** `String`: the column as it stands in the block, each text behind its length (varint). */
  texts(): Uint8Array {
    this.#header('String');
    const from = this.#at;
    for (let row = 0; row < this.#rows; row++) this.#skipText();
    return this.#bytes.subarray(from, this.#at);
  }

  /** `Int64` and `DateTime64`. */
  integers(): BigInt64Array {
    this.#header('Int64', 'DateTime64(3)', `DateTime64(3, 'UTC')`);
    return new BigInt64Array(this.#copy(this.#rows * 8));
  }

  /** `UInt8`. */
  small(): Uint8Array {
    this.#header('UInt8');
    return new Uint8Array(this.#copy(this.#rows));
  }

  /** `UInt16`. */
  codes(): Uint16Array {
    this.#header('UInt16');
    return new Uint16Array(this.#copy(this.#rows * 2));
  }

  /** `Float64`. */
  floats(): Float64Array {
    this.#header('Float64');
    return new Float64Array(this.#copy(this.#rows * 8));
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
    return this.#dictionary(this.#rows);
  }

  /** `Array(LowCardinality(String))`; `ends` counts from the first row. */
  dictionaries(): { readonly ends: Uint32Array } & DictionaryColumn {
    this.#header('Array(LowCardinality(String))');
    this.#at += 8;
    const ends = this.#ends();
    return { ends, ...this.#dictionary(ends.at(-1) ?? 0) };
  }

  /** `Array(Float32)` and `Array(Float64)`: all values, row after row, in memory that threads can share. */
  floatArrays(): Float32Array | Float64Array {
    const type = this.#header('Array(Float32)', 'Array(Float64)');
    const count = this.#ends().at(-1) ?? 0;
    return type === 'Array(Float32)'
      ? new Float32Array(this.#share(count * 4))
      : new Float64Array(this.#share(count * 8));
  }

  /** `Array(UInt32)`: all values, row after row; `ends` counts from the first row. */
  naturalArrays(): { readonly ends: Uint32Array; readonly values: Uint32Array } {
    this.#header('Array(UInt32)');
    const ends = this.#ends();
    return { ends, values: new Uint32Array(this.#copy((ends.at(-1) ?? 0) * 4)) };
  }

  /** `Map(Int32, UInt64)`: all keys and their counts, row after row; `ends` counts from the first row. */
  codeCounts(): { readonly ends: Uint32Array; readonly codes: Int32Array; readonly counts: Float64Array } {
    this.#header('Map(Int32, UInt64)');
    const ends = this.#ends();
    const size = ends.at(-1) ?? 0;
    return { ends, codes: new Int32Array(this.#copy(size * 4)), counts: this.#naturals(size) };
  }

  /** `Map(String, UInt64)`. */
  textCounts(): { readonly ends: Uint32Array; readonly texts: readonly string[]; readonly counts: Float64Array } {
    this.#header('Map(String, UInt64)');
    const ends = this.#ends();
    const size = ends.at(-1) ?? 0;
    return { ends, texts: Array.from({ length: size }, () => this.#string()), counts: this.#naturals(size) };
  }

  #dictionary(count: number): DictionaryColumn {
    // No rows: nothing follows the prefix.
    if (count === 0) return { keys: [], indexes: new Uint8Array() };
    const width = 1 << (this.#bytes[this.#at] ?? 0);
    this.#at += 8;
    const keys = Array.from({ length: this.#integer() }, () => this.#string());
    const bytes = this.#copy(this.#integer() * width);
    if (width === 1) return { keys, indexes: new Uint8Array(bytes) };
    return { keys, indexes: width === 2 ? new Uint16Array(bytes) : new Uint32Array(bytes) };
  }

  #ends(): Uint32Array {
    // The low halves: a block never holds 2^32 values.
    const halves = new Uint32Array(this.#copy(this.#rows * 8));
    const ends = new Uint32Array(this.#rows);
    for (let row = 0; row < ends.length; row++) ends[row] = halves[2 * row]!;
    return ends;
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
    const halves = new Uint32Array(this.#copy(count * 8));
    const numbers = new Float64Array(count);
    for (let at = 0; at < count; at++) numbers[at] = halves[2 * at]! + halves[2 * at + 1]! * 2 ** 32;
    return numbers;
  }

  #integer(): number {
    const [value = 0n] = new BigUint64Array(this.#copy(8));
    return Number(value);
  }

  #string(): string {
    const length = this.#varint();
    this.#at += length;
    return this.#text.decode(this.#bytes.subarray(this.#at - length, this.#at));
  }

  #skipText(): void {
    const length = this.#varint();
    this.#at += length;
  }

  /** In memory of its own: typed arrays want their numbers at multiples of their size. */
  #copy(length: number): ArrayBuffer {
    const { buffer, byteOffset } = this.#bytes;
    const from = byteOffset + this.#at;
    this.#at += length;
    return buffer.slice(from, from + length) as ArrayBuffer;
  }

  /** The same in memory that threads can share. */
  #share(length: number): SharedArrayBuffer {
    const shared = new SharedArrayBuffer(length);
    new Uint8Array(shared).set(this.#bytes.subarray(this.#at, (this.#at += length)));
    return shared;
  }

  #varint(): number {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
      shift += 7;
    }
  }
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
