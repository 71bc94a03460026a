import { execFile, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('fold-stream.py', import.meta.url));
const PACKAGE = 'river==0.26.1';

/** What River needed for a stream, and where it fired. */
export interface RiverRun {
  readonly points: number;
  readonly seconds: readonly number[];
  readonly fired: readonly number[];
}

export type RiverAnswer = { readonly version: string } & Readonly<Record<'page_hinkley' | 'adwin' | 'kswin', RiverRun>>;

/**
 * Runs River over a stream, in a virtual environment that is kept in the temporary directory for the next time.
 * @returns what it says, or in a sentence why there is none
 */
export async function askRiver(
  stream: readonly number[],
  progress: (line: string) => void,
): Promise<RiverAnswer | { readonly missing: string }> {
  const folder = join(tmpdir(), 'serin-bench-river');
  const python = join(folder, 'bin', 'python');
  try {
    await run('python3', ['--version']);
  } catch {
    return { missing: 'there is no python3 on this machine' };
  }
  try {
    const ready = await run(python, ['-c', 'import river.drift']).then(
      () => true,
      () => false,
    );
    if (!ready) {
      progress(`installing ${PACKAGE} into ${folder}`);
      await run('python3', ['-m', 'venv', folder], { timeout: 300_000 });
      await run(python, ['-m', 'pip', 'install', '--quiet', PACKAGE], { timeout: 600_000 });
    }
    return JSON.parse(await feed(python, JSON.stringify(stream))) as RiverAnswer;
  } catch (error) {
    const said = (error as Error).message.trim().split('\n').at(-1) ?? '';
    return { missing: `River could not be run: ${said}` };
  }
}

/** What the script prints when it is given the stream on its standard input. */
async function feed(python: string, input: string): Promise<string> {
  const child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'], timeout: 300_000 });
  child.stdin.end(input);
  const [printed, failed] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  if (printed === '') throw new Error(failed === '' ? 'it printed nothing' : failed);
  return printed;
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
