const NONE = new Uint8Array(0);

/** Where a text or an id lies in a body; set anew for every record, so that what is only copied is never made a string. */
export class ByteRange {
  source: Uint8Array = NONE;
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  set(source: Uint8Array, start: number, end: number): void {
    this.source = source;
    this.start = start;
    this.end = end;
  }

  /** UTF-8 of a text; a lone surrogate becomes U+FFFD. */
  setText(text: string): void {
    const bytes = Buffer.from(text);
    this.set(bytes, 0, bytes.length);
  }

  /** Cuts what is longer than so many bytes, at a whole character. @returns whether it did */
  cut(most: number): boolean {
    if (this.end - this.start <= most) return false;
    this.end = wholeCharacters(this.source, this.start, this.start + most);
    return true;
  }

  /** Bytes of hexadecimal digits; what are none becomes a range of no valid length for an id. */
  setHex(text: string): void {
    const bytes = /^(?:[0-9A-Fa-f]{2})*$/.test(text) ? Buffer.from(text, 'hex') : NOT_HEX;
    this.set(bytes, 0, bytes.length);
  }

  /** Digits were given of which some are not hexadecimal. */
  get notHex(): boolean {
    return this.source === NOT_HEX;
  }

  clear(): void {
    this.set(NONE, 0, 0);
  }

  /** Whether every byte is zero; true of none. */
  get zero(): boolean {
    for (let at = this.start; at < this.end; at++) if (this.source[at] !== 0) return false;
    return true;
  }

  equals(bytes: Uint8Array): boolean {
    return this.length === bytes.length && this.startsWith(bytes);
  }

  startsWith(prefix: Uint8Array): boolean {
    if (this.length < prefix.length || this.source[this.start] !== prefix[0]) return false;
    for (let at = 1; at < prefix.length; at++) if (this.source[this.start + at] !== prefix[at]) return false;
    return true;
  }

  text(): string {
    return this.#view().toString();
  }

  hex(): string {
    return this.#view().toString('hex');
  }

  #view(): Buffer {
    return Buffer.from(this.source.buffer, this.source.byteOffset + this.start, this.length);
  }
}

/** The last end at or before `end` that does not split a UTF-8 character. */
export function wholeCharacters(source: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && end - at < 4 && (source[at]! & 0xc0) === 0x80) at--;
  return at;
}

/** Three bytes: no id is as long. */
const NOT_HEX = Buffer.alloc(3);
