import type { Command } from 'commander';
import { DEFAULT_URL, openClient, type ApiClient } from './client.ts';
import type { CommandIo } from './command-io.ts';

/** Options of every command that talks to a running daemon. */
export interface ApiOptions {
  readonly url?: string;
  readonly json?: boolean;
}

/** Adds `--url` and `--json`. */
export function withApiOptions(command: Command): Command {
  return command
    .option('--url <address>', `API of the daemon (default: $SERIN_URL, else ${DEFAULT_URL})`)
    .option('--json', 'print one JSON document instead of text');
}

/** The client for the address that the options, else the environment, else the default name. */
export function clientFor(options: ApiOptions, io: CommandIo): ApiClient {
  return openClient(options.url ?? io.env['SERIN_URL'] ?? DEFAULT_URL);
}

/** Prints a document as one line of JSON. */
export function printJson(io: CommandIo, document: unknown): void {
  io.stdout.write(`${JSON.stringify(document)}\n`);
}
