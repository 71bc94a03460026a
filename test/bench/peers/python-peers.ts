import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Cost } from '../measure.ts';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('peers.py', import.meta.url));
/** Versions that work together: Evidently does not import with pandas 3. */
const PACKAGES = ['evidently==0.7.23', 'nannyml==0.13.1', 'statsmodels', 'pandas<3'];
const INSTALL_MS = 600_000;
const RUN_MS = 1_800_000;

/** What the Python libraries said of the two files, and what it cost them. */
export interface PeerAnswer {
  readonly versions: { readonly evidently: string; readonly nannyml: string };
  readonly evidently: Cost;
  readonly nannyml: Cost;
  /** Of each categorical feature: statistics whose definition is the same as ours. */
  readonly statistics: Readonly<
    Record<string, Readonly<Record<'jensen_shannon' | 'hellinger' | 'l_infinity' | 'missing', number>>>
  >;
}

/**
 * A Python with the peers in a virtual environment of its own, kept in the temporary directory for the next time.
 * @returns the program, or in a sentence why there is none
 */
export async function pythonWithPeers(
  progress: (line: string) => void,
): Promise<{ readonly python: string } | { readonly missing: string }> {
  const folder = join(tmpdir(), 'serin-bench-peers');
  const python = join(folder, 'bin', 'python');
  try {
    await run('python3', ['--version']);
  } catch {
    return { missing: 'there is no python3 on this machine' };
  }
  try {
    const ready = await access(python).then(
      () => run(python, ['-c', 'import evidently, nannyml']).then(...settled),
      () => false,
    );
    if (!ready) {
      progress(`installing ${PACKAGES.join(', ')} into ${folder}`);
      await run('python3', ['-m', 'venv', folder], { timeout: INSTALL_MS });
      await run(python, ['-m', 'pip', 'install', '--quiet', ...PACKAGES], { timeout: INSTALL_MS });
      await run(python, ['-c', 'import evidently, nannyml'], { timeout: INSTALL_MS });
    }
    return { python };
  } catch (error) {
    return { missing: `Evidently and NannyML could not be installed: ${lastLine((error as Error).message)}` };
  }
}

/** Runs the peers on both files. */
export async function askPeers(python: string, reference: string, window: string): Promise<PeerAnswer> {
  const { stdout } = await run(python, [SCRIPT, reference, window], { timeout: RUN_MS, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(lastLine(stdout)) as PeerAnswer;
}

const settled = [() => true, () => false] as const;

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
