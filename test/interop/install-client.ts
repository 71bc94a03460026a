import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A client of another language in a folder of its own, or why there is none on this machine. */
export interface Client {
  /** The program; undefined where it could not be installed. */
  readonly program: string | undefined;
  remove(): Promise<void>;
}

/** A Python that has these packages of PyPI. */
export function installPython(packages: readonly string[]): Promise<Client> {
  return install(`python3 with ${packages.join(', ')}`, async (folder) => {
    await run('python3', ['-m', 'venv', folder]);
    await run(join(folder, 'bin', 'pip'), ['install', '--quiet', ...packages]);
    return join(folder, 'bin', 'python');
  });
}

/** A program built of a Go module, such as `example.org/module/cmd/tool@v1.0.0`. */
export function installGo(module: string): Promise<Client> {
  return install(`go with ${module}`, async (folder) => {
    await run('go', ['install', module], { env: { ...process.env, GOBIN: folder } });
    return join(folder, module.replace(/@.*/, '').split('/').at(-1)!);
  });
}

async function install(what: string, build: (folder: string) => Promise<string>): Promise<Client> {
  const folder = await mkdtemp(join(tmpdir(), 'serin-interop-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    return { program: await build(folder), remove };
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 300) : String(error);
    process.stderr.write(`SKIPPED: there is no ${what} on this machine: ${why}\n`);
    await remove();
    return { program: undefined, remove };
  }
}

/** Runs a client to its end. @throws with what it said when it fails */
export async function runClient(program: string, given: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(program, given, { timeout: 120_000, maxBuffer: 64 * 1024 * 1024 });
  return `${stdout}${stderr}`;
}
