import { Command } from 'commander';
import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MakeCommand } from './command-io.ts';
import { CommandFault } from './fault.ts';

/** `serin demo`: the whole product at work on simulated payments. */
export const demoCommand: MakeCommand = (_io, finish) =>
  new Command('demo')
    .description('Show everything at work on SIMULATED card payments, until Ctrl-C.')
    .option('--data <directory>', 'a directory of its own, emptied first', 'serin-demo-data')
    .option('--exit', 'end by itself once the story is told')
    .option('--json', 'print what the API says in the end, as the last line on standard output')
    .action(async (options: { data: string; exit?: boolean; json?: boolean }) => {
      const flags = [...(options.exit === true ? ['--exit'] : []), ...(options.json === true ? ['--json'] : [])];
      finish(await runDemo(['--data', options.data, ...flags]));
    });

/** Runs the demo as a process of its own (the daemon knows nothing of it) and answers with its exit code. */
async function runDemo(argv: readonly string[]): Promise<number> {
  const script = fileURLToPath(new URL(`../../examples/demo/main${extname(import.meta.url)}`, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, script, ...argv], { stdio: 'inherit' });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  // Ctrl-C reaches the demo by itself; hearing it twice does it no harm.
  process.on('SIGINT', pass).on('SIGTERM', pass);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error) => reject(new CommandFault(`the demo could not be started: ${error.message}`)));
      child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
    });
  } finally {
    process.off('SIGINT', pass).off('SIGTERM', pass);
  }
}
