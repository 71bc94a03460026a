import { MessageChannel } from 'node:worker_threads';
import type { TakeMemory } from '../../shadow/take-memory.ts';

/**
 * Memory that threads can share, given out piece by piece, and used again once it is freed. V8 collects all garbage of a thread
 * for every 64 MB of arrays that come and go, which took a sixth of the processor: shared memory is not counted, but then must
 * not be left to the collection either.
 */
export class PageMemory {
  #slab = new SharedArrayBuffer(0);
  #used = 0;
  /** All that was asked for since it was freed last, rounded up. */
  #wanted = 0;

  readonly take: TakeMemory = (bytes) => {
    const size = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    this.#wanted += size;
    // What does not fit any more is a little more than what was needed before: the next slab has room for all.
    if (this.#used + size > this.#slab.byteLength) return new Uint8Array(new SharedArrayBuffer(size), 0, bytes);
    const taken = new Uint8Array(this.#slab, this.#used, bytes);
    this.#used += size;
    return taken;
  };

  /** Nobody reads or writes any more what was taken. */
  free(): void {
    if (this.#wanted > this.#slab.byteLength) this.#slab = new SharedArrayBuffer(Math.ceil(this.#wanted * SPARE));
    this.#used = 0;
    this.#wanted = 0;
  }
}

const ALIGNMENT = 8;
/** Pages of the same number of predictions differ by the lengths of their ids. */
const SPARE = 1.1;

/** A port whose other end is closed: what is sent there is gone. */
const nowhere = ((): MessageChannel['port1'] => {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  return port1;
})();

/** Frees the memory of bytes that nobody reads any more, without waiting for a collection. They are empty from then on. */
export function letGo({ buffer, byteLength }: Uint8Array): void {
  // A part of a larger buffer is not ours alone.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port has no origin
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) nowhere.postMessage(null, [buffer]);
}
