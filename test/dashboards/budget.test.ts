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

it('the whole script of the dashboard is below 60 kB compressed, and names no address outside', async () => {
  const { path, remove } = await temporaryDirectory();
  try {
    // In a process of its own: vitest makes of every build in its own one a build for development.
    await run(process.execPath, [VITE, 'build', 'dashboards', '--logLevel', 'error', '--outDir', path], {
      cwd: PACKAGE_ROOT,
      env: { ...process.env, NODE_ENV: 'production' },
    });
    const files = await readdir(path, { recursive: true });
    const scripts = files.filter((name) => name.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    let bytes = 0;
    for (const name of scripts) bytes += gzipSync(await readFile(join(path, name))).length;
    console.log(`dashboard: ${scripts.length} script(s), ${bytes} bytes compressed`);
    expect(bytes).toBeLessThan(MOST_GZIP_BYTES);

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
