import { readdir, rm, stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import { readRemembered, type Remembered } from './remembered-file.ts';
import { READY, readSealed, REMEMBERED, SPOOL, type Sealed } from './seal.ts';

/** What an earlier life left in the spool, oldest first. */
export interface SpoolLeftovers {
  /** Segments whose blocks are ready to be loaded, and the bytes of all their files. */
  readonly sealed: readonly { readonly sealed: Sealed; readonly bytes: number }[];
  /** Segments that were never offered to the store; their bodies are read again. */
  readonly unread: readonly string[];
  readonly remembered: readonly { readonly path: string; readonly content: Remembered }[];
  /** Of every segment that left anything behind. */
  readonly names: readonly string[];
}

/**
 * Looks at the files of a spool after a start, and removes what is of no use: blocks of segments that were not sealed to
 * the end, and memories older than `forgottenBefore`.
 */
export async function scanSpool(directory: string, forgottenBefore: number, log: Logger): Promise<SpoolLeftovers> {
  const files = new Set(await readdir(directory));
  const named = (suffix: string): string[] =>
    [...files]
      .filter((file) => file.endsWith(suffix))
      .map((file) => file.slice(0, -suffix.length))
      .sort();
  const sealed: { sealed: Sealed; bytes: number }[] = [];
  for (const name of named(READY)) {
    const read = await readSealed(directory, name).catch((error: unknown) => {
      log.error({ err: error, segment: name }, 'a sealed segment cannot be read; its bodies are read again');
      files.delete(name + READY);
      return undefined;
    });
    if (read === undefined) continue;
    const spool = await stat(`${directory}/${name}${SPOOL}`).catch(() => ({ size: 0 }));
    sealed.push({ sealed: read, bytes: read.bytes + spool.size });
  }
  const unread = named(SPOOL).filter((name) => !files.has(name + READY));
  const unfinished = [...files].filter(
    (file) => file.endsWith('.new') || (file.endsWith('.native') && !files.has(file.split('.')[0] + READY)),
  );
  for (const file of unfinished) await rm(`${directory}/${file}`, { force: true });
  const remembered = await readMemories(directory, named(REMEMBERED), new Set(unread), forgottenBefore, log);
  return { sealed, unread, remembered, names: [...named(SPOOL), ...named(READY), ...named(REMEMBERED)] };
}

async function readMemories(
  directory: string,
  names: readonly string[],
  unread: ReadonlySet<string>,
  forgottenBefore: number,
  log: Logger,
): Promise<SpoolLeftovers['remembered']> {
  const memories: { path: string; content: Remembered }[] = [];
  for (const name of names) {
    const path = `${directory}/${name}${REMEMBERED}`;
    const content = await readRemembered(path).catch((error: unknown) => {
      log.warn({ err: error }, 'what a segment is remembered by cannot be read');
      return undefined;
    });
    // A segment that will be read again must not meet itself.
    if (content === undefined || unread.has(name) || content.lastReceivedAt < forgottenBefore)
      await rm(path, { force: true });
    else memories.push({ path, content });
  }
  return memories;
}
