import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Scripts of the demo, beside each other whether compiled or not. */
const SCRIPTS = { serin: '../../daemon/main', payments: '../payments/main' } as const;

export interface Process {
  /** Writes a line to its standard input. */
  say(line: string): void;
  /** Resolves with the exit code; 128 and more for a signal. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

export interface Processes {
  /**
   * Starts one script. What it writes goes to `<name>.log`.
   * @param onLine hears each line of its standard output
   */
  start(script: keyof typeof SCRIPTS, name: string, argv: readonly string[], onLine?: (line: string) => void): Process;
  /** Runs one script to its end and answers with its exit code. */
  run(
    script: keyof typeof SCRIPTS,
    name: string,
    argv: readonly string[],
    onLine?: (line: string) => void,
  ): Promise<number>;
  /** Stops what still runs, the latest first. */
  stopAll(): Promise<void>;
}

/** Command line of one script in this very program, compiled or not. */
export function commandOf(script: keyof typeof SCRIPTS): string[] {
  const file = fileURLToPath(new URL(`${SCRIPTS[script]}${extname(import.meta.url)}`, import.meta.url));
  return [process.execPath, ...process.execArgv, file];
}

/** Keeps track of child processes, so that none outlives the demo. */
export function openProcesses(logs: string): Processes {
  const running: Process[] = [];
  const start: Processes['start'] = (script, name, argv, onLine) => {
    const [program = process.execPath, ...first] = commandOf(script);
    // A group of its own: Ctrl-C in the terminal reaches the demo, and the demo stops its processes in order.
    const child = spawn(program, [...first, ...argv], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    const log = createWriteStream(join(logs, `${name}.log`), { flags: 'a' });
    child.stderr.pipe(log, { end: false });
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.write(`${line}\n`);
      onLine?.(line);
    });
    child.stdin.on('error', () => undefined);
    const started = watch(child);
    running.push(started);
    return started;
  };
  return {
    start,
    run: (script, name, argv, onLine) => start(script, name, argv, onLine).ended,
    stopAll: async () => {
      for (const one of running.reverse()) await one.stop();
    },
  };
}

function watch(child: ChildProcess): Process {
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 128));
  });
  return {
    ended,
    say: (line) => void child.stdin?.write(`${line}\n`),
    async stop() {
      child.kill('SIGTERM');
      const last = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(last);
    },
  };
}
