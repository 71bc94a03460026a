import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../daemon/package-root.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const run = promisify(execFile);
const VITE = join(PACKAGE_ROOT, 'node_modules/vite/bin/vite.js');
const MOST_GZIP_BYTES = 60_000;

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

/** The scripts that are there once a page is: its own, those of the frame, and what both import. */
function scriptsOf(page: string, entry: string, chunks: Readonly<Record<string, Chunk>>): ReadonlySet<string> {
  const files = new Set<string>();
  const visit = (key: string): void => {
    const { file, imports = [] } = chunks[key]!;
    if (files.has(file)) return;
    files.add(file);
    imports.forEach(visit);
  };
  visit(entry);
  visit(page);
  return files;
}

it('the script of every page, with that of the frame, is below 60 kB compressed, and names no address outside', async () => {
  const { path, remove } = await temporaryDirectory();
  try {
    // In a process of its own: vitest makes of every build in its own one a build for development.
    await run(process.execPath, [VITE, 'build', 'dashboards', '--logLevel', 'error', '--outDir', path, '--manifest'], {
      cwd: PACKAGE_ROOT,
      env: { ...process.env, NODE_ENV: 'production' },
    });
    const files = await readdir(path, { recursive: true });
    const scripts = files.filter((name) => name.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    const bytes = new Map<string, number>();
    for (const name of scripts) bytes.set(name, gzipSync(await readFile(join(path, name))).length);
    const chunks = JSON.parse(await readFile(join(path, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;
    const [entry = '', { dynamicImports = [] } = {}] =
      Object.entries(chunks).find(([, chunk]) => chunk.isEntry === true) ?? [];
    expect(dynamicImports.length).toBeGreaterThan(8);
    for (const page of [entry, ...dynamicImports]) {
      const size = [...scriptsOf(page, entry, chunks)].reduce((sum, file) => sum + bytes.get(file)!, 0);
      console.log(`dashboard: ${page} has ${size} bytes of script, compressed`);
      expect(size, page).toBeLessThan(MOST_GZIP_BYTES);
    }

    for (const name of files.filter((file) => /\.(js|css|html|svg)$/.test(file))) {
      const text = await readFile(join(path, name), 'utf8');
      // Names of namespaces are no addresses: nothing is fetched from them.
      const addresses = text
        .match(/https?:\/\/[^\s"'`)]+/g)
        ?.filter((found) => !found.startsWith('http://www.w3.org/'));
      expect(addresses ?? [], name).toEqual([]);
    }
    const page = await readFile(join(path, 'index.html'), 'utf8');
    // The content security policy allows neither.
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(page).not.toMatch(/<style|\sstyle=/);
  } finally {
    await remove();
  }
});
