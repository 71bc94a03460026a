import { Bytes } from './bytes.ts';

/** Below so many bytes copying is cheaper than another part. */
const SMALL = 2048;

/** Collects what a block is made of without copying what is large. */
export class BlockParts {
  readonly #parts: Uint8Array[] = [];
  #small = new Bytes();

  varint(value: number): void {
    this.#small.varint(value);
  }

  text(value: string): void {
    this.#small.text(value);
  }

  int64(value: number): void {
    this.#small.int64(value);
  }

  /** Little-endian memory as it is. */
  attach(data: Uint8Array | Uint16Array | Uint32Array): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (bytes.length < SMALL) return this.#small.copy(bytes);
    this.#flush();
    this.#parts.push(bytes);
  }

  parts(): readonly Uint8Array[] {
    this.#flush();
    return this.#parts;
  }

  #flush(): void {
    if (this.#small.length === 0) return;
    this.#parts.push(this.#small.written());
    this.#small = new Bytes();
  }
}
