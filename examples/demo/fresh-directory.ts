import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const MARK = 'made-by-serin-demo';

/**
 * An empty directory for one run; what an earlier demo left there goes.
 * @throws when the directory holds anything else, or a demo that still runs
 * @returns its absolute path
 */
export async function freshDirectory(path: string): Promise<string> {
  const directory = resolve(path);
  await mkdir(directory, { recursive: true });
  const found = await readdir(directory);
  if (found.length > 0 && !found.includes(MARK))
    throw new Error(`${directory} holds something else than an earlier demo; choose another one with --data`);
  if (found.includes(MARK)) {
    const owner = Number(await readFile(join(directory, MARK), 'utf8'));
    if (isAlive(owner))
      throw new Error(`the demo of process ${owner} runs in ${directory}; choose another with --data`);
    await Promise.all(found.map((entry) => rm(join(directory, entry), { recursive: true })));
  }
  await writeFile(join(directory, MARK), String(process.pid));
  return directory;
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 only asks.
    return Number.isInteger(pid) && pid > 0 && pid !== process.pid && process.kill(pid, 0);
  } catch {
    return false;
  }
}
