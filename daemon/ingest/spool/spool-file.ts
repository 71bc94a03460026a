import { open, readFile, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { DOORS, type Received } from '../doors/doors.ts';
import { syncDirectory, writeParts } from './durable-file.ts';

/**
 * A spool file is records one after the other: mark (4 bytes, the random part of the file's name, so that no body can hold
 * one on purpose), length of the body (uint32), time received (float64), door (uint32), CRC-32 of the body, CRC-32 of the
 * header so far; then the body. After damage the reader looks for the next intact header.
 */
const HEADER = 28;

function markOf(name: string): Buffer {
  return Buffer.from(name.slice(-8), 'hex');
}

function writeHeader(header: Buffer, at: number, mark: Buffer, { door, receivedAt, body }: Received): void {
  mark.copy(header, at);
  header.writeUInt32LE(body.byteLength, at + 4);
  header.writeDoubleLE(receivedAt, at + 8);
  header.writeUInt32LE(DOORS.indexOf(door), at + 16);
  header.writeUInt32LE(crc32(body), at + 20);
  header.writeUInt32LE(crc32(header.subarray(at, at + 24)), at + 24);
}

/** Bytes of a body up to which it is copied behind its header: a part of its own costs more. */
const COPIED = 16 * 1024;

/** Records as they are in the file, in as few parts as pays. */
function partsOf(mark: Buffer, records: readonly Received[]): Uint8Array[] {
  const copied = ({ body }: Received): number => (body.byteLength <= COPIED ? body.byteLength : 0);
  const joined = Buffer.allocUnsafe(records.reduce((sum, record) => sum + HEADER + copied(record), 0));
  const parts: Uint8Array[] = [];
  let [from, to] = [0, 0];
  for (const record of records) {
    writeHeader(joined, to, mark, record);
    to += HEADER;
    if (copied(record) > 0) {
      joined.set(record.body, to);
      to += record.body.byteLength;
    } else {
      parts.push(joined.subarray(from, to), record.body);
      from = to;
    }
  }
  if (to > from) parts.push(joined.subarray(from, to));
  return parts;
}

/** Appends records to one spool file. */
export class SpoolFile {
  readonly #handle: FileHandle;
  readonly #mark: Buffer;
  /** Bytes of the records that were acked. */
  bytes = 0;
  /** An append failed: nothing more goes into this file. */
  broken = false;

  readonly #windowMs: number;
  /** Syncs what was acked before; there is one while anything is not synced. */
  #timer: NodeJS.Timeout | undefined;

  private constructor(handle: FileHandle, mark: Buffer, windowMs: number) {
    this.#handle = handle;
    this.#mark = mark;
    this.#windowMs = windowMs;
  }

  /** @param windowMs how long a record may be in the file before the disk is told to keep it; 0 syncs before it is acked */
  static async create(directory: string, name: string, windowMs = 0): Promise<SpoolFile> {
    const handle = await open(`${directory}/${name}.spool`, 'wx');
    try {
      await syncDirectory(directory);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new SpoolFile(handle, markOf(name), windowMs);
  }

  /** Resolves when every record is on the disk, or will be within the window; rejects when none may be counted on. */
  async append(records: readonly Received[]): Promise<void> {
    let size = 0;
    try {
      size = await writeParts(this.#handle, partsOf(this.#mark, records), this.bytes);
      if (this.#windowMs === 0) await this.#handle.datasync();
      else this.#timer ??= setTimeout(() => void this.#sync(), this.#windowMs);
    } catch (error) {
      this.broken = true;
      // What was written of the refused records would be taken for acked ones after a crash.
      await this.#handle.truncate(this.bytes).catch(() => undefined);
      throw error;
    }
    this.bytes += size;
  }

  /** What waits for a sync gets it first: the blocks of the segment may have to wait for longer than the window. */
  async close(): Promise<void> {
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer);
      await this.#sync();
    }
    await this.#handle.close();
  }

  async #sync(): Promise<void> {
    this.#timer = undefined;
    await this.#handle.datasync().catch(() => {
      this.broken = true;
    });
  }
}

/** What a spool file held. */
export interface SpoolContent {
  readonly records: readonly Received[];
  /** Stretches of bytes that were no intact record, such as a torn tail. */
  readonly damages: readonly { readonly at: number; readonly bytes: number }[];
}

/** Reads every intact record of a spool file, in order. */
export async function readSpoolFile(path: string, name: string): Promise<SpoolContent> {
  const bytes = await readFile(path);
  const mark = markOf(name);
  const records: Received[] = [];
  const damages: { at: number; bytes: number }[] = [];
  let at = 0;
  while (at < bytes.length) {
    const header = readHeader(bytes, at, mark);
    if (header === undefined) {
      const next = nextHeader(bytes, at + 1, mark);
      damages.push({ at, bytes: next - at });
      at = next;
      continue;
    }
    const end = at + HEADER + header.length;
    const body = bytes.subarray(at + HEADER, end);
    if (end <= bytes.length && crc32(body) === header.crc)
      records.push({ door: header.door, receivedAt: header.receivedAt, body });
    else damages.push({ at, bytes: Math.min(end, bytes.length) - at });
    at = end;
  }
  return { records, damages };
}

interface Header extends Omit<Received, 'body'> {
  readonly length: number;
  readonly crc: number;
}

function readHeader(bytes: Buffer, at: number, mark: Buffer): Header | undefined {
  if (at + HEADER > bytes.length || bytes.compare(mark, 0, 4, at, at + 4) !== 0) return undefined;
  if (crc32(bytes.subarray(at, at + 24)) !== bytes.readUInt32LE(at + 24)) return undefined;
  const door = DOORS[bytes.readUInt32LE(at + 16)];
  if (door === undefined) return undefined;
  return {
    length: bytes.readUInt32LE(at + 4),
    receivedAt: bytes.readDoubleLE(at + 8),
    door,
    crc: bytes.readUInt32LE(at + 20),
  };
}

function nextHeader(bytes: Buffer, from: number, mark: Buffer): number {
  for (let at = bytes.indexOf(mark, from); at >= 0; at = bytes.indexOf(mark, at + 1))
    if (readHeader(bytes, at, mark) !== undefined) return at;
  return bytes.length;
}
