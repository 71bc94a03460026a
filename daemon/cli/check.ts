import { Command } from 'commander';
import { ConfigError, loadConfig } from '../load-config.ts';
import { findUnknown } from '../models/check-detectors.ts';
import { printJson } from './api-options.ts';
import type { MakeCommand } from './command-io.ts';

/** `serin check [serin.yaml]`: is the configuration file right? */
export const checkCommand: MakeCommand = (io, finish) =>
  new Command('check')
    .description('Check a configuration file; nothing is started.')
    .argument('[file]', 'the configuration file', 'serin.yaml')
    .option('--json', 'print one JSON document instead of text')
    .action(async (file: string, options: { json?: boolean }) => {
      const problems = await problemsOf(file, io.env);
      if (options.json === true) printJson(io, { file, ok: problems.length === 0, problems });
      else if (problems.length === 0) io.stdout.write(`${file} is right\n`);
      else io.stderr.write(`${problems.join('\n')}\n  docs/configuration.md lists every setting.\n`);
      if (problems.length > 0) finish(1);
    });

async function problemsOf(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  try {
    await loadConfig(file, environment, findUnknown);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
