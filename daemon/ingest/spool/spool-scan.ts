import { readdir, rm, stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import { finishedLoad, readProgress, resumedLoad, type Load, type Progress } from '../load/load.ts';
import { readRemembered, type Remembered } from './remembered-file.ts';
import { forget, FORGOTTEN, PROGRESS, READY, readSealed, REMEMBERED, SPOOL } from './seal.ts';

/** What an earlier life left in the spool, oldest first. */
export interface SpoolLeftovers {
  /** Segments whose blocks were ready to be loaded, and the bytes of their bodies. */
  readonly sealed: readonly { readonly load: Load; readonly spoolBytes: number }[];
  /** Segments without blocks, whose bodies are read again; `offered` where the store may have rows of them. */
  readonly unread: readonly { readonly name: string; readonly offered: boolean }[];
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
  const sealed: { load: Load; spoolBytes: number }[] = [];
  const unreadable = new Set<string>();
  for (const name of named(READY)) {
    const blocks = await readSealed(directory, name).catch(async (error: unknown) => {
      log.error({ err: error, segment: name }, 'a sealed segment cannot be read; its bodies are read again');
      // Without bodies it is loaded.
      if (!files.has(name + SPOOL)) await rm(`${directory}/${name}${READY}`, { force: true });
      files.delete(name + READY);
      unreadable.add(name);
      return undefined;
    });
    if (blocks === undefined) continue;
    const spool = files.has(name + SPOOL) ? await stat(`${directory}/${name}${SPOOL}`) : undefined;
    const load =
      spool === undefined ? finishedLoad(blocks) : resumedLoad(blocks, await progressOf(directory, name, log));
    sealed.push({ load, spoolBytes: spool?.size ?? 0 });
  }
  const unread = named(SPOOL).filter((name) => !files.has(name + READY));
  const segments = new Set([...sealed.map(({ load }) => load.sealed.name), ...unread]);
  for (const file of files) if (isLitter(file, segments, files)) await rm(`${directory}/${file}`, { force: true });
  const remembered = await readMemories(directory, named(REMEMBERED), new Set(unread), forgottenBefore, log);
  return {
    sealed,
    unread: unread.map((name) => ({ name, offered: unreadable.has(name) })),
    remembered,
    names: [...named(SPOOL), ...named(READY), ...named(REMEMBERED)],
  };
}

/** Whether a file is of no use any more: half-written, or what is left of a segment that was removed or not sealed. */
function isLitter(file: string, segments: ReadonlySet<string>, files: ReadonlySet<string>): boolean {
  const name = file.split('.')[0] ?? '';
  if (file.endsWith('.new')) return true;
  if (file.endsWith('.native')) return !files.has(name + READY);
  return (file.endsWith(PROGRESS) || file.endsWith(FORGOTTEN)) && !segments.has(name);
}

async function progressOf(directory: string, name: string, log: Logger): Promise<Progress | undefined> {
  return readProgress(directory, name).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.warn({ err: error, segment: name }, 'how far a load came cannot be read; the store is asked instead');
    return undefined;
  });
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
    if (content === undefined || unread.has(name)) await rm(path, { force: true });
    else if (content.lastReceivedAt < forgottenBefore) await forget(path);
    else memories.push({ path, content });
  }
  return memories;
}
