import { readFile, rename } from 'node:fs/promises';
import type { z } from 'zod';
import { writeDurably } from './durable-file.ts';

/** What was learned of earlier records; the empty list where there is no file, or one of another form: it is learned anew. */
export async function readKnown<Entry>(path: string, entries: z.ZodType<Entry[]>): Promise<Entry[]> {
  const text = await readFile(path, 'utf8').catch(() => '[]');
  return entries.safeParse(parseJson(text)).data ?? [];
}

/** Writes it, whole or not at all. */
export async function writeKnown(path: string, entries: readonly unknown[]): Promise<void> {
  await writeDurably(`${path}.new`, [Buffer.from(JSON.stringify(entries))]);
  await rename(`${path}.new`, path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
