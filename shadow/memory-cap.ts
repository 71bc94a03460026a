import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { capArrays } from './cap-arrays.ts';

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

/** Arrays are let go up to this size together, in bytes, until it is asked again what is held: asking takes microseconds. */
const UNASKED = 4 * MEBIBYTE;

/**
 * Caps the memory of this thread; V8's own limits count neither WebAssembly nor typed arrays. Neither memory of WebAssembly nor
 * an array is given that would go beyond the cap, whatever asks for it; they are counted apart. Once exceeded, always exceeded:
 * what was computed without the memory it wanted means nothing. Memory of a backend in native code is not seen.
 * @param megabytes in MiB
 */
export function capMemory(megabytes: number): MemoryCap {
  const most = megabytes * MEBIBYTE;
  let wanted = 0;
  let unasked = 0;
  const refuse = (size: number): never => {
    wanted = Math.max(wanted, size);
    throw new RangeError(`${size} bytes of memory are above the cap of ${most}`);
  };
  capWebAssembly((size) => {
    if (size > most) refuse(size);
  });
  capArrays((bytes) => {
    unasked += bytes;
    if (unasked < UNASKED) return;
    unasked = 0;
    if (wanted > most) refuse(wanted);
    if (bytes > most) refuse(bytes);
    if (held() + bytes <= most) return;
    collectGarbage();
    if (held() + bytes > most) refuse(held() + bytes);
  });
  return {
    exceeded: () => {
      if (held() > most) collectGarbage();
      if (held() > most) wanted = Math.max(wanted, held());
      if (wanted <= most) return undefined;
      return `the model wanted ${Math.ceil(wanted / MEBIBYTE)} MiB of memory, more than the ${megabytes} MiB of replays.memory`;
    },
  };
}

function held(): number {
  return getHeapStatistics().external_memory;
}

/** What is no longer used counts until it is collected, which V8 puts off. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  // Arrays found unused are given back beside the thread; the second time waits for that.
  collect();
}

function capWebAssembly(ask: (bytes: number) => void): void {
  const { prototype } = WebAssembly.Memory;
  const grow = prototype.grow;
  prototype.grow = function capped(this: GrowingMemory, pages: number): number {
    ask(this.buffer.byteLength + pages * PAGE);
    return grow.call(this, pages);
  };
}
