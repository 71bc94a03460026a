import { Command } from 'commander';
import type { MakeCommand } from './command-io.ts';

/** `serin start`: the daemon, in the foreground. */
export const startCommand: MakeCommand = (io) =>
  new Command('start')
    .description('Run the daemon until it is interrupted.')
    .option('--config <file>', 'settings; without it the defaults serve (docs/configuration.md)')
    .option('--data <directory>', 'where the store, the spool and the models live (default: "serin-data")')
    .action(async (options: { config?: string; data?: string }) => {
      await io.start(options);
    });
