import { readFile, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import { syncDirectory, writeDurably } from './durable-file.ts';
import { blockParts, rowsOf } from './native/block.ts';
import { encodeRemembered } from './remembered-file.ts';
import type { Segment } from './segment.ts';

const sealedSchema = z.object({
  name: z.string(),
  firstReceivedAt: z.number(),
  /** Bytes of the blocks. */
  bytes: z.number(),
  tables: z.array(z.object({ table: z.string(), columns: z.array(z.string()), rows: z.number(), file: z.string() })),
  models: z.array(z.tuple([z.string(), z.number(), z.number()])),
  labels: z.number(),
  spans: z.number(),
});

/** A segment whose blocks are on the disk, ready to be loaded. */
export type Sealed = z.output<typeof sealedSchema>;

/** Files of a sealed segment, besides its blocks. */
export const READY = '.ready';
export const REMEMBERED = '.remembered';
export const SPOOL = '.spool';

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
    bytes += await writeDurably(file, blockParts(columns));
    tables.push({ table, columns: Object.keys(columns), rows: rowsOf(columns), file });
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
  };
  const path = `${directory}/${segment.name}${READY}`;
  await writeDurably(`${path}.new`, [Buffer.from(JSON.stringify(sealed))]);
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

/**
 * Removes a loaded segment; only what it is remembered by stays. The spool file goes first: were the `.ready` file to go
 * before it, a crash between the two would have the segment read again.
 */
export async function removeLoaded(sealed: Sealed, directory: string): Promise<void> {
  await rm(`${directory}/${sealed.name}${SPOOL}`, { force: true });
  await syncDirectory(directory);
  await rm(`${directory}/${sealed.name}${READY}`, { force: true });
  for (const { file } of sealed.tables) await rm(file, { force: true });
}
