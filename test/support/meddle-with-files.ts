/**
 * Steps into every operation on files under one directory, in this process: what the program asks of the disk stays what it
 * is, and a test may have any one of them fail, or end the process right after it. As a module loaded before the program
 * (`--import`), it takes DIE_UNDER (the directory) and DIE_AFTER (which operation, from 1) from the environment.
 */
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

type Act = (...given: unknown[]) => Promise<unknown>;

/** What an operation is about: what it was called with, and the open file where it is one of a file. */
export interface Target {
  readonly given: readonly unknown[];
  readonly handle?: object;
}

/** Hears of an operation, and does it, or not. */
export type Step = (operation: string, act: () => Promise<unknown>, target: Target) => Promise<unknown>;

const NAMED = ['open', 'rename', 'rm', 'truncate', 'writeFile'];
const OF_HANDLES = ['writev', 'write', 'datasync', 'sync', 'truncate'];

export function meddleWithFiles(directory: string, step: Step): void {
  const named = files as unknown as Record<string, Act>;
  for (const name of NAMED) {
    const act = named[name]!;
    named[name] = async (...given) => {
      if (!String(given[0]).startsWith(directory)) return act(...given);
      const done = await step(name, () => act(...given), { given });
      if (name === 'open') meddleWithHandle(done as Record<string, Act>, step);
      return done;
    };
  }
  syncBuiltinESMExports();
}

function meddleWithHandle(handle: Record<string, Act>, step: Step): void {
  for (const name of OF_HANDLES) {
    const act = handle[name]!.bind(handle);
    handle[name] = (...given) => step(name, () => act(...given), { given, handle });
  }
}

const { DIE_UNDER, DIE_AFTER } = process.env;
if (DIE_UNDER !== undefined && DIE_AFTER !== undefined) {
  let left = Number(DIE_AFTER);
  meddleWithFiles(DIE_UNDER, async (operation, act) => {
    const done = await act();
    if (--left === 0) {
      process.stdout.write(`${JSON.stringify({ diedAfter: operation })}\n`);
      process.kill(process.pid, 'SIGKILL');
    }
    return done;
  });
}
