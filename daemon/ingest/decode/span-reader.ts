import { powersOfTen } from './powers-of-ten.ts';
import { startModule, type Global } from './start-module.ts';
import { valueText } from './value-text.ts';

/** Larger bodies are left to others: the module keeps as much memory as the largest one needed. */
const LARGEST_BODY = 8 * 1024 * 1024;
/** Bytes behind a body that the module may look at. */
const BEHIND = 64;
const PAGE = 65_536;

/** What the module exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): void };
  readonly input: Global;
  readonly runs: Global;
  readonly scratch: Global;
  readonly SCRATCH_SIZE: Global;
  readonly powersOfTen: Global;
  readonly MOST_NAMES: Global;
  readonly done: Global;
  readonly copied: Global;
  nameStart(name: number): number;
  nameLength(name: number): number;
  roomForNames(): boolean;
  reset(): void;
  limit(attributes: number, attributeBytes: number, records: number, copiedBytes: number): void;
  begin(size: number, earliest: number, latest: number): void;
  read(): number;
}

/** What a body may hold to be read here; times are Unix milliseconds. */
export interface ReadLimits {
  readonly maxAttributes: number;
  readonly maxAttributeBytes: number;
  readonly maxRecords: number;
  /** Bytes that spans may have from resources and scopes. */
  readonly maxCopied: number;
  /** Between which spans start, and until when they end. */
  readonly earliest: number;
  readonly latest: number;
}

/**
 * Reads OTLP/protobuf traces in WebAssembly into runs: pieces of columns as ClickHouse's `Native` format has them, with texts
 * that repeat as numbers of names. It reads what is usual and leaves the rest, so that only one reader has to say what is wrong.
 */
export class SpanReader {
  readonly #module: Exports;
  /** The memory of the module, byte by byte and by four bytes; others after it has grown. */
  bytes!: Uint8Array;
  words!: Uint32Array;
  /** Counts how often names were forgotten: numbers of names hold as long as it stands. */
  generation = 0;
  /** Names that are told apart: their numbers are below. */
  readonly mostNames: number;
  /** Where the body stands. */
  readonly input: number;
  /** Where the list of runs stands, in words. What a module exports takes a call to read; this is asked for all the time. */
  readonly #runs: number;

  constructor() {
    this.#module = startModule('span-reader', { attributes: { textOf: this.#textOf.bind(this) } }) as Exports;
    this.mostNames = this.#module.MOST_NAMES.value;
    this.input = this.#module.input.value;
    this.#runs = this.#module.runs.value / 4;
    this.#look();
    new BigUint64Array(this.#module.memory.buffer, this.#module.powersOfTen.value).set(powersOfTen());
    this.#module.reset();
  }

  /** Where the bytes of a name begin. */
  startOf(name: number): number {
    return this.#module.nameStart(name);
  }

  endOf(name: number): number {
    return this.#module.nameStart(name) + this.#module.nameLength(name);
  }

  /** Bytes that the spans of the body have from resources and scopes. */
  get copied(): number {
    return this.#module.copied.value;
  }

  /** Whether the body was read to its end. */
  get done(): boolean {
    return this.#module.done.value !== 0;
  }

  /** Takes a body. @returns whether it can be read here */
  begin(body: Uint8Array, limits: ReadLimits): boolean {
    if (body.length > LARGEST_BODY) return false;
    const module = this.#module;
    const { input } = this;
    const missing = input + body.length + BEHIND - this.bytes.length;
    if (missing > 0) {
      module.memory.grow(Math.ceil(missing / PAGE));
      this.#look();
    }
    if (!module.roomForNames()) {
      module.reset();
      this.generation++;
    }
    this.bytes.set(body, input);
    module.limit(limits.maxAttributes, limits.maxAttributeBytes, limits.maxRecords, limits.maxCopied);
    module.begin(body.length, limits.earliest, limits.latest);
    return true;
  }

  /** Reads on. @returns how many spans the runs hold, which held others before; -1 where the body is left to others */
  read(): number {
    return this.#module.read();
  }

  /** Where a run starts, by its place in `assembly/span-runs.ts`. */
  runStart(run: number): number {
    return this.words[this.#runs + run * 3]!;
  }

  runEnd(run: number): number {
    return this.words[this.#runs + run * 3 + 1]!;
  }

  #look(): void {
    const { buffer } = this.#module.memory;
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
  }

  /** Writes the text of an `AnyValue` where the module reads it. @returns its bytes; -1 where it is left to others */
  #textOf(from: number, to: number): number {
    const text = valueText(this.bytes, from, to);
    const { scratch, SCRATCH_SIZE } = this.#module;
    if (text === undefined || Buffer.byteLength(text) > SCRATCH_SIZE.value) return -1;
    return Buffer.from(this.#module.memory.buffer, scratch.value, SCRATCH_SIZE.value).write(text);
  }
}
