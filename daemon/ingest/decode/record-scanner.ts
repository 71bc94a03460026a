import { startModule, type Global } from './start-module.ts';

/** Kinds of tokens, as in `assembly/tape.ts`. */
export const TOKEN = {
  NUMBER: 0,
  LONG_NUMBER: 1,
  TEXT: 2,
  ESCAPED: 3,
  TRUE: 4,
  FALSE: 5,
  NULL: 6,
  OBJECT: 7,
  NUMBERS: 8,
} as const;

/** What the module exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly input: Global;
  readonly INPUT_SIZE: Global;
  readonly MOST_TOKENS: Global;
  readonly MOST_NAMES: Global;
  readonly powersOfFive: Global;
  readonly kinds: Global;
  readonly namesOf: Global;
  readonly numbers: Global;
  readonly starts: Global;
  readonly ends: Global;
  nameStart(name: number): number;
  nameLength(name: number): number;
  reset(): void;
  readonly logHead: Global;
  scan(from: number, to: number): number;
  scanLog(from: number, to: number): number;
}

/** The record scanned last, token by token; ranges are places in `input`. */
export interface Tape {
  readonly input: Buffer;
  readonly kinds: Uint8Array;
  /** Number of the member's name. */
  readonly names: Uint32Array;
  readonly numbers: Float64Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Places in `logHead`: of 64-bit times their lower halves, of ids where they start and end in `input`. */
export const LOG_HEAD = { TIME: 0, OBSERVED: 2, TRACE_ID: 4, SPAN_ID: 6 } as const;

/**
 * Scans JSON objects of one level of objects within, and log records, in WebAssembly: a fifth of the time of `JSON.parse`, and nothing
 * is made that must be collected. It reads what is usual and leaves the rest, so that only one reader has to say what is wrong.
 */
export class RecordScanner {
  readonly tape: Tape;
  /** Of the log record scanned last, besides its attributes: see `LOG_HEAD`. */
  readonly logHead: Uint32Array;
  readonly #module: Exports;
  readonly #names: string[] = [];
  /** Counts how often names were forgotten: numbers of names hold as long as it stands. */
  generation = 0;
  /** What of which body lies in the input. */
  #source: Uint8Array | undefined;
  #from = 0;
  #to = 0;

  constructor() {
    this.#module = startModule('record-scanner') as Exports;
    const module = this.#module;
    const { buffer } = module.memory;
    const most = module.MOST_TOKENS.value;
    this.tape = {
      input: Buffer.from(buffer, module.input.value, module.INPUT_SIZE.value),
      kinds: new Uint8Array(buffer, module.kinds.value, most),
      names: new Uint32Array(buffer, module.namesOf.value, most),
      numbers: new Float64Array(buffer, module.numbers.value, most),
      starts: new Uint32Array(buffer, module.starts.value, most),
      ends: new Uint32Array(buffer, module.ends.value, most),
    };
    this.logHead = new Uint32Array(buffer, module.logHead.value, 8);
    new BigUint64Array(buffer, module.powersOfFive.value).set(POWERS_OF_FIVE);
    this.reset();
  }

  /** Forgets all names: they are numbered anew. */
  reset(): void {
    this.#module.reset();
    this.#names.length = 0;
    this.generation++;
  }

  /** Names that are told apart: their numbers are below. */
  get mostNames(): number {
    return this.#module.MOST_NAMES.value;
  }

  /** The name with this number. */
  name(number: number): string {
    return (this.#names[number] ??= this.#nameOf(number));
  }

  /**
   * Scans one JSON object of a body into `tape`.
   * @returns its tokens; -1 where it is one for `JSON.parse`
   */
  scan(body: Uint8Array, start: number, end: number): number {
    return this.#show(body, start, end) ? this.#module.scan(start - this.#from, end - this.#from) : -1;
  }

  /**
   * Scans one log record, as protobuf, into `tape` and `logHead`: a token is an attribute whose key starts with `ml.`.
   * @returns its tokens; -1 where it is to be walked
   */
  scanLog(body: Uint8Array, start: number, end: number): number {
    return this.#show(body, start, end) ? this.#module.scanLog(start - this.#from, end - this.#from) : -1;
  }

  /** Has a stretch of a body in the input. @returns whether it fits */
  #show(body: Uint8Array, start: number, end: number): boolean {
    if (body !== this.#source || start < this.#from || end > this.#to) {
      const { input } = this.tape;
      if (end - start > input.length) return false;
      this.#to = Math.min(body.length, start + input.length);
      input.set(body.subarray(start, this.#to));
      this.#source = body;
      this.#from = start;
    }
    return true;
  }

  /** Lets go of the body. */
  release(): void {
    this.#source = undefined;
  }

  #nameOf(number: number): string {
    const { memory, nameStart, nameLength } = this.#module;
    return Buffer.from(memory.buffer, nameStart(number), nameLength(number)).toString();
  }
}

/**
 * 5^-342 to 5^308 to 128 bits, lower half first, as in Lemire, "Number parsing at a gigabyte per second" (2021).
 */
const POWERS_OF_FIVE = Array.from({ length: 651 }, (_, at) => powerOfFive(at - 342)).flatMap((power) => [
  BigInt.asUintN(64, power),
  power >> 64n,
]);

function powerOfFive(exponent: number): bigint {
  const whole = 5n ** BigInt(Math.abs(exponent));
  if (exponent >= 0) return normal(whole);
  const bits = BigInt(whole.toString(2).length);
  // Those that 64 bits hold are rounded up exactly; of the others so many bits are taken that rounding up is left behind.
  return normal((1n << (exponent >= -27 ? bits + 127n : 2n * bits + 128n)) / whole + 1n);
}

/** Its highest 128 bits, where it has as many. */
function normal(value: bigint): bigint {
  const spare = BigInt(value.toString(2).length) - 128n;
  return spare > 0n ? value >> spare : value << -spare;
}
