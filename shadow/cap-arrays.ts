/** The constructors whose memory lies outside the heap; all but the first count elements. */
const NAMES = [
  'ArrayBuffer',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
] as const;

/**
 * Asks before this thread gets memory for an array outside its heap, also for what `slice`, `map` and `from` make: V8's own
 * limits do not count it, and a single kernel may want gigabytes before anybody could look.
 * @param ask throws where the array may not be made; told its size in bytes
 */
export function capArrays(ask: (bytes: number) => void): void {
  const scope: Record<string, unknown> = globalThis;
  for (const name of NAMES) {
    const original = globalThis[name] as unknown as ArrayKind;
    const bytesEach = original.BYTES_PER_ELEMENT ?? 1;
    const asking = new Proxy(original, {
      construct(target, given: unknown[], newTarget) {
        const count = countOf(given[0]);
        if (count > 0) ask(count * bytesEach);
        return Reflect.construct(target, given, newTarget) as object;
      },
    });
    scope[name] = asking;
    Object.defineProperty(original.prototype, 'constructor', { value: asking, writable: true, configurable: true });
  }
}

interface ArrayKind {
  readonly BYTES_PER_ELEMENT?: number;
  readonly prototype: object;
  new (...given: unknown[]): object;
}

/** Elements that are made: of a length or of another array; none where memory that exists is looked at. */
function countOf(given: unknown): number {
  if (typeof given === 'number') return given;
  return given instanceof ArrayBuffer || given instanceof SharedArrayBuffer ? 0 : lengthOf(given);
}

function lengthOf(given: unknown): number {
  const length = (given as { readonly length?: unknown } | null | undefined)?.length;
  return typeof length === 'number' ? length : 0;
}
