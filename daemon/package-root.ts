import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of Serin's own package.json, whether this file runs from its source or from `dist`. */
export const PACKAGE_ROOT: string = above(dirname(fileURLToPath(import.meta.url)));

function above(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('Serin is not installed whole: its package.json is missing');
  return above(parent);
}
