import { createReadStream } from 'node:fs';
import { access, readFile, rename, rm, stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { syncDirectory, writeDurably } from './durable-file.ts';
import { blockParts, rowsOf } from '../native/block.ts';
import { encodeRemembered } from './remembered-file.ts';
import type { Segment } from './segment.ts';

const sealedSchema = z.object({
  name: z.string(),
  firstReceivedAt: z.number(),
  /** Bytes of the blocks. */
  bytes: z.number(),
  tables: z.array(
    z.object({
      table: z.string(),
      columns: z.array(z.string()),
      rows: z.number(),
      bytes: z.number(),
      /** CRC-32 of the block. */
      crc: z.number(),
      file: z.string(),
    }),
  ),
  models: z.array(z.tuple([z.string(), z.number(), z.number()])),
  labels: z.number(),
  spans: z.number(),
  /** Between which the spans began. */
  spanWindow: z.object({ from: z.number(), to: z.number() }).nullable(),
});

/** A segment whose blocks are on the disk, ready to be loaded. */
export type Sealed = z.output<typeof sealedSchema>;

/** Files of a sealed segment, besides its blocks. */
export const READY = '.ready';
export const REMEMBERED = '.remembered';
export const SPOOL = '.spool';
/** How far the load of a segment came that the store did not take at once: see `load.ts`. */
export const PROGRESS = '.progress';
/** What a segment was remembered by, once that is too old to meet a repeat, while its bodies may still be read again. */
export const FORGOTTEN = '.forgotten';

/**
 * Writes the rows of a segment as one `Native` block a table and makes them durable, before the engine sees any of them.
 * So what is inserted under a token is the same bytes at every try, also after a crash: a segment with its `.ready` file is
 * loaded from its blocks; one without was never offered to the engine and is read again through the door.
 */
export async function seal(segment: Segment, rows: ReturnType<Segment['tables']>, directory: string): Promise<Sealed> {
  const tables = [];
  let bytes = 0;
  for (const [table, columns] of rows) {
    const file = `${directory}/${segment.name}.${table}.native`;
    const parts = blockParts(columns);
    const size = await writeDurably(file, parts);
    bytes += size;
    const crc = parts.reduce((sum, part) => crc32(part, sum), 0);
    tables.push({ table, columns: Object.keys(columns), rows: rowsOf(columns), bytes: size, crc, file });
  }
  await writeDurably(`${directory}/${segment.name}${REMEMBERED}`, [encodeRemembered(segment)]);
  const sealed: Sealed = {
    name: segment.name,
    firstReceivedAt: segment.firstReceivedAt,
    bytes,
    tables,
    models: [...segment.models].map(([model, { from, to }]) => [model, from, to]),
    labels: rowsOf(segment.labels),
    spans: rowsOf(segment.spans),
    spanWindow: segment.spanWindow(),
  };
  const path = `${directory}/${segment.name}${READY}`;
  await writeDurably(`${path}.new`, [Buffer.from(JSON.stringify(sealed))]);
  // The names of the blocks first: after a power cut a disk may have any of the names that it was not told to keep.
  await syncDirectory(directory);
  await rename(`${path}.new`, path);
  await syncDirectory(directory);
  return sealed;
}

/** @throws when the file is not one that `seal` wrote */
export async function readSealed(directory: string, name: string): Promise<Sealed> {
  const sealed = sealedSchema.parse(JSON.parse(await readFile(`${directory}/${name}${READY}`, 'utf8')));
  // The spool may have been moved since.
  const tables = sealed.tables.map((entry) => ({ ...entry, file: `${directory}/${name}.${entry.table}.native` }));
  return { ...sealed, tables };
}

/** What damaged blocks cannot be loaded from. */
export class DamagedBlock extends Error {}

/**
 * A block is as it was written: the engine would take one that lost its end, or has a bit turned, for other rows.
 * @param whole reads all of it; only its length is looked at otherwise
 * @throws DamagedBlock
 */
export async function checkBlock({ table, file, bytes, crc }: Sealed['tables'][number], whole: boolean): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.size !== bytes)
    throw new DamagedBlock(`the block of ${table} has ${found?.size ?? 'no'} bytes of ${bytes}: ${file}`);
  if (!whole) return;
  let sum = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) sum = crc32(chunk as Buffer, sum);
  if (sum !== crc) throw new DamagedBlock(`the block of ${table} is not as it was written: ${file}`);
}

/**
 * Removes what a segment is remembered by, as nothing can repeat it any more. While its bodies are in the spool it is kept
 * under another name: were they read again, it tells which predictions were taken.
 * @param path ends in the segment's name and `.remembered`
 */
export async function forget(path: string): Promise<void> {
  const segment = path.slice(0, -REMEMBERED.length);
  const spooled = await access(segment + SPOOL).then(
    () => true,
    () => false,
  );
  if (spooled) await rename(path, segment + FORGOTTEN);
  else await rm(path, { force: true });
}

/**
 * Removes a loaded segment; only what it is remembered by stays. The spool file goes first: a sealed segment without one is
 * known to be loaded. Were the `.ready` file to go before it, a crash between the two would have the segment read again.
 */
export async function removeLoaded(sealed: Sealed, directory: string): Promise<void> {
  await rm(`${directory}/${sealed.name}${SPOOL}`, { force: true });
  await syncDirectory(directory);
  for (const suffix of [PROGRESS, FORGOTTEN]) await rm(`${directory}/${sealed.name}${suffix}`, { force: true });
  for (const { file } of sealed.tables) await rm(file, { force: true });
  await rm(`${directory}/${sealed.name}${READY}`, { force: true });
}
