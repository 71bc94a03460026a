import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TakeMemory } from '../../shadow/take-memory.ts';
import type { Engine } from './engine.ts';
import { EndOfBytes, NativeReader } from './native-reader.ts';
import { pageStatement, type PageEncoding, type PageQuery, type ReplayPage } from './replay-rows.ts';

/** A stretch that the engine has read, page by page. */
export interface SpanPages {
  /** Whether there are more pages, some of which may be empty. */
  readonly hasMore: boolean;
  /** @param take where the page lies */
  next(take: TakeMemory): Promise<ReplayPage>;
  close(): Promise<void>;
}

/** Blocks are written as they were read. */
const IN_PIECES = 'min_insert_block_size_rows = 1, min_insert_block_size_bytes = 1';
/** A first block is looked for in so many bytes; the next ones are about as long as it was. */
const FIRST_BYTES = 3 * 1024 * 1024;
const SPARE = 1.05;

/**
 * Reads a stretch, each prediction once. The engine writes it to a file, of which one page at a time is in memory, and which is gone
 * before it gets to a disk. A statement costs as much as reading some ten thousand predictions, so stretches are best large; and an
 * answer handed over in memory is copied three times, each time to pages that are new to the process, which costs half of reading it.
 */
export async function openSpan(engine: Engine, query: PageQuery, encoding: PageEncoding): Promise<SpanPages> {
  const { sql, parameters, read } = pageStatement(query, encoding);
  const path = join(tmpdir(), `serin-span-${randomUUID()}.native`);
  const written = async () => {
    try {
      await engine.save(`${sql}, ${IN_PIECES}`, 'Native', path, parameters);
      // Where nothing was found, there may be no file.
      return await open(path, 'a+');
    } finally {
      // Who holds it open reads on.
      await rm(path, { force: true });
    }
  };
  const file = await written();
  const { size } = await file.stat();
  let at = 0;
  let guess = FIRST_BYTES;
  const readBytes = async (take: TakeMemory): Promise<Uint8Array> => {
    const bytes = take(Math.min(guess, size - at));
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done);
      if (bytesRead === 0) throw new Error(`a file of ${size} bytes ended before`);
      done += bytesRead;
    }
    return bytes;
  };
  return {
    get hasMore() {
      return at < size;
    },
    next: async (take) => {
      for (;;) {
        const bytes = await readBytes(take);
        try {
          const reader = new NativeReader(bytes, take, true);
          reader.next();
          const page = read(reader, take);
          at += reader.position;
          guess = Math.ceil(reader.position * SPARE);
          return page;
        } catch (error) {
          if (!(error instanceof EndOfBytes) || at + bytes.length >= size) throw error;
          guess *= 2;
        }
      }
    },
    close: () => file.close(),
  };
}
