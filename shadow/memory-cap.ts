import { getHeapStatistics } from 'node:v8';

/** What this thread may hold of memory outside its heap: WebAssembly, and the arrays that tensors are made of. */
export interface MemoryCap {
  /** How much more than allowed was wanted, as a sentence; undefined while nothing was. */
  exceeded(): string | undefined;
}

/** What is used of WebAssembly here; its types come with those of browsers only. */
interface GrowingMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
declare const WebAssembly: { readonly Memory: { readonly prototype: GrowingMemory } };

const MEBIBYTE = 1024 * 1024;
const PAGE = 64 * 1024;

/**
 * Caps the memory of this thread; V8's own limits count neither WebAssembly nor typed arrays. Memory of WebAssembly never grows
 * beyond the cap, whatever asks for it; arrays of other backends are looked at whenever `exceeded` is asked. Once exceeded,
 * always exceeded: what was computed without the memory it wanted means nothing.
 * @param megabytes in MiB
 */
export function capMemory(megabytes: number): MemoryCap {
  const most = megabytes * MEBIBYTE;
  let wanted = 0;
  const { prototype } = WebAssembly.Memory;
  const grow = prototype.grow;
  prototype.grow = function capped(this: GrowingMemory, pages: number): number {
    const size = this.buffer.byteLength + pages * PAGE;
    if (size <= most) return grow.call(this, pages);
    wanted = Math.max(wanted, size);
    throw new RangeError(`WebAssembly memory of ${size} bytes is above the cap of ${most}`);
  };
  return {
    exceeded: () => {
      const held = getHeapStatistics().external_memory;
      if (held > most) wanted = Math.max(wanted, held);
      if (wanted <= most) return undefined;
      return `the model wanted ${Math.ceil(wanted / MEBIBYTE)} MiB of memory, more than the ${megabytes} MiB of replays.memory`;
    },
  };
}
