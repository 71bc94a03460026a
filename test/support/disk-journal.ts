import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { meddleWithFiles, type Target } from './meddle-with-files.ts';

/** A file, whatever its names are: what was written, and what of it the disk was told to keep. */
interface Content {
  data: Buffer;
  synced: Buffer;
}

/** One thing that became of the disk, or that the program told of. */
type Event =
  | { readonly kind: 'create'; readonly name: string; readonly file: number }
  | { readonly kind: 'write'; readonly file: number; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: number; readonly size: number }
  | { readonly kind: 'sync'; readonly file: number }
  | { readonly kind: 'sync names' }
  | { readonly kind: 'rename'; readonly name: string; readonly to: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'told'; readonly what: string };

/** How a disk is left. */
export const ENDS = ['killed', 'torn', 'synced only', 'names ahead', 'contents ahead', 'some of each'] as const;

/**
 * - `killed`: every operation that was done; `torn`: and half of the write underway;
 * - `synced only`: a power cut after which there is what the disk was told to keep, and no more;
 * - `names ahead`, `contents ahead`: a power cut after which all names, or all contents, are there beside that;
 * - `some of each`: a power cut after which any name may be there or not, and any file may be cut off anywhere.
 */
export type End = (typeof ENDS)[number];

export type Files = ReadonlyMap<string, Buffer>;

/**
 * Keeps account of what a program does with the files of one folder, so that the folder can be made again as it was at any
 * moment, or as a power cut at that moment may have left it.
 */
export class DiskJournal {
  readonly #events: Event[] = [];
  readonly #files = new Map<object, number>();
  #created = 0;
  #recording = false;
  #start: Files = new Map();

  /** @param directory must be the only folder that the program writes to, without folders in it */
  constructor(directory: string) {
    meddleWithFiles(directory, async (operation, act, target) => {
      // What is written is what was handed over, not what became of that memory later.
      const bytes = this.#recording ? writtenBy(operation, target) : undefined;
      const done = await act();
      if (this.#recording) this.#note(operation, target, done, bytes);
      return done;
    });
  }

  /** @param start what is in the folder, all of it on the disk */
  record(start: Files): void {
    this.#start = start;
    this.#events.length = 0;
    this.#recording = true;
  }

  stop(): void {
    this.#recording = false;
  }

  /** Puts something that the program told between its operations. */
  tell(what: string): void {
    if (this.#recording) this.#events.push({ kind: 'told', what });
  }

  /** How many moments there are to cut at: before the first operation, between any two, after the last. */
  get moments(): number {
    return this.#events.length + 1;
  }

  /** What was told before a moment. */
  toldBefore(moment: number): string[] {
    return this.#events.slice(0, moment).flatMap((event) => (event.kind === 'told' ? [event.what] : []));
  }

  /** What comes at a moment, for a person. */
  next(moment: number): string {
    const event = this.#events[moment];
    return event === undefined ? 'the end' : event.kind === 'told' ? event.what : event.kind;
  }

  /** The folder after a cut at a moment; undefined where that end differs in nothing from `killed`. */
  after(moment: number, end: End, random: () => number): Files | undefined {
    const torn = this.#events[moment];
    if (end === 'torn' && torn?.kind !== 'write') return undefined;
    const disk = new Disk(this.#start);
    for (const event of this.#events.slice(0, moment)) disk.apply(event);
    if (end === 'torn' && torn?.kind === 'write')
      disk.apply({ ...torn, bytes: torn.bytes.subarray(0, torn.bytes.length >>> 1) });
    return disk.left(end, random);
  }

  #note(operation: string, { given, handle }: Target, done: unknown, bytes: Buffer | undefined): void {
    const name = basename(String(given[0]));
    const file = this.#files.get(handle ?? {}) ?? -1;
    if (operation === 'open') {
      if (!String(given[1]).startsWith('w')) return;
      this.#files.set(done as object, ++this.#created);
      this.#events.push({ kind: 'create', name, file: this.#created });
    } else if (operation === 'rename') this.#events.push({ kind: 'rename', name, to: basename(String(given[1])) });
    else if (operation === 'rm') this.#events.push({ kind: 'remove', name });
    else if (operation === 'datasync' || operation === 'sync')
      this.#events.push(file < 0 ? { kind: 'sync names' } : { kind: 'sync', file });
    else if (operation === 'truncate') this.#events.push({ kind: 'truncate', file, size: Number(given[0]) });
    else if (bytes !== undefined) {
      const at = Number(operation === 'writev' ? given[1] : given[3]);
      this.#events.push({ kind: 'write', file, at, bytes });
    } else throw new Error(`the journal does not know ${operation}`);
  }
}

function writtenBy(operation: string, { given }: Target): Buffer | undefined {
  if (operation === 'writev') return Buffer.concat(given[0] as Uint8Array[]);
  if (operation !== 'write') return undefined;
  const [source, offset, length] = given as [Buffer, number, number];
  return Buffer.from(source.subarray(offset, offset + length));
}

/** The disk at one moment. */
class Disk {
  readonly #files = new Map<number, Content>();
  readonly #names = new Map<string, number>();
  #kept: Map<string, number>;

  constructor(start: Files) {
    let file = -2;
    for (const [name, data] of start) {
      this.#files.set(file, { data, synced: data });
      this.#names.set(name, file--);
    }
    this.#kept = new Map(this.#names);
  }

  apply(event: Event): void {
    switch (event.kind) {
      case 'create':
        this.#files.set(event.file, { data: Buffer.alloc(0), synced: Buffer.alloc(0) });
        this.#names.set(event.name, event.file);
        return;
      case 'write':
        this.#write(this.#files.get(event.file)!, event.at, event.bytes);
        return;
      case 'truncate': {
        const file = this.#files.get(event.file)!;
        file.data = file.data.subarray(0, event.size);
        return;
      }
      case 'sync': {
        const file = this.#files.get(event.file)!;
        file.synced = file.data;
        return;
      }
      case 'sync names':
        this.#kept = new Map(this.#names);
        return;
      case 'rename':
        this.#names.set(event.to, this.#names.get(event.name)!);
        this.#names.delete(event.name);
        return;
      case 'remove':
        this.#names.delete(event.name);
        return;
      case 'told':
    }
  }

  left(end: End, random: () => number): Files {
    const all = end === 'killed' || end === 'torn';
    const names = all || end === 'names ahead' ? this.#names : end === 'some of each' ? this.#some(random) : this.#kept;
    const left = new Map<string, Buffer>();
    for (const [name, number] of names) {
      const { data, synced } = this.#files.get(number)!;
      if (all || end === 'contents ahead') left.set(name, data);
      else if (end === 'some of each') left.set(name, cutOff(data, synced, random()));
      else left.set(name, synced);
    }
    return left;
  }

  /** Names as they are now, or as they were kept, each by chance. */
  #some(random: () => number): Map<string, number> {
    const some = new Map<string, number>();
    for (const name of new Set([...this.#kept.keys(), ...this.#names.keys()])) {
      const file = (random() < 0.5 ? this.#kept : this.#names).get(name);
      if (file !== undefined) some.set(name, file);
    }
    return some;
  }

  #write(file: Content, at: number, bytes: Buffer): void {
    const data = Buffer.alloc(Math.max(file.data.length, at + bytes.length));
    file.data.copy(data);
    bytes.copy(data, at);
    file.data = data;
  }
}

/** A file whose latest bytes came to the disk up to some place; files here only ever grow behind what was synced. */
function cutOff(data: Buffer, synced: Buffer, share: number): Buffer {
  if (data.length <= synced.length) return synced;
  return data.subarray(0, synced.length + Math.round(share * (data.length - synced.length)));
}

/** Makes a folder what it was. */
export async function restore(directory: string, files: Files): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const [name, data] of files) await writeFile(join(directory, name), data);
}
