import { spawn } from 'node:child_process';
import { open, stat } from 'node:fs/promises';
import { nearestName } from './nearest-name.ts';

export interface Job {
  /** Resolves when the process has ended: with the reason of its failure, or undefined after exit code 0. */
  readonly ended: Promise<string | undefined>;
  /** Asks the process and its children to end; after `GRACE_MS` they are ended. */
  stop(): void;
}

const GRACE_MS = 3000;
const LAST_BYTES = 8192;
const LAST_LINES = 10;

/**
 * @param setting where the command stands in the configuration
 * @throws when the command is empty or has a placeholder that does not exist
 */
export function checkCommand(setting: string, command: readonly string[], placeholders: readonly string[]): void {
  if (command[0] === undefined || command[0] === '') throw new Error(`${setting} names no program`);
  for (const [, name = ''] of command.join(' ').matchAll(/\{([a-z_]+)\}/g)) {
    if (placeholders.includes(name)) continue;
    const near = nearestName(name, placeholders) ?? placeholders.join('}, {');
    throw new Error(`${setting} has an unknown placeholder {${name}}; did you mean {${near}}?`);
  }
}

/**
 * The arguments with the facts in place of the placeholders.
 * @throws when a fact, such as a model's name, which comes from outside, would be read as an option
 */
export function fillCommand(command: readonly string[], facts: Readonly<Record<string, string>>): string[] {
  const values = new Map(Object.entries(facts));
  return command.map((argument) => {
    for (const [name, value] of values) {
      if (argument.startsWith(`{${name}}`) && value.startsWith('-'))
        throw new Error(`the ${name}, ${JSON.stringify(value)}, would be read as an option of the command`);
    }
    return argument.replace(/\{([a-z_]+)\}/g, (placeholder, name: string) => values.get(name) ?? placeholder);
  });
}

/** Starts a program without a shell, in a process group of its own; what it writes goes to `logFile`. */
export async function runCommand(
  command: readonly string[],
  facts: Readonly<Record<string, string>>,
  logFile: string,
): Promise<Job> {
  const [program = '', ...args] = fillCommand(command, facts);
  const log = await open(logFile, 'a');
  const child = spawn(program, args, { stdio: ['ignore', log.fd, log.fd], detached: true, shell: false });
  const exit = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(`the command could not be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(`the command ended ${code === null ? `by ${signal ?? 'a signal'}` : `with exit code ${code}`}`);
    });
  });
  const ended = exit.then(async (reason) => {
    await log.close();
    if (reason === undefined) return undefined;
    const last = await lastLines(logFile);
    return last === '' ? reason : `${reason}; it wrote last:\n${last}`;
  });
  return { ended, stop: () => stopGroup(child.pid, exit) };
}

function stopGroup(pid: number | undefined, exit: Promise<unknown>): void {
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS);
  void exit.then(() => clearTimeout(timer));
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended already.
  }
}

async function lastLines(file: string): Promise<string> {
  const { size } = await stat(file);
  const handle = await open(file, 'r');
  try {
    const length = Math.min(size, LAST_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  } finally {
    await handle.close();
  }
}
