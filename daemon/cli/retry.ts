import { Command } from 'commander';
import type { RetriedAnswer, SetAsideSegment } from '../api/contract.ts';
import { clientFor, printJson, withApiOptions, type ApiOptions } from './api-options.ts';
import type { CommandIo, MakeCommand } from './command-io.ts';
import { CommandFault } from './fault.ts';
import { printTable } from './print-table.ts';
import { progressLine } from './progress.ts';

const STILL_REFUSED = 10;

/** `serin retry`: what the store refused, and the command to load it once the reason is gone. */
export const retryCommand: MakeCommand = (io, finish) =>
  withApiOptions(
    new Command('retry')
      .description('List the segments that were set aside because the store refused them, or load them again.')
      .argument('[segment]', 'load this segment again')
      .option('--all', 'load every segment again, oldest first'),
  )
    .addHelpText(
      'after',
      `\nNothing of a segment that is set aside is lost: it stays in the spool until the store takes it.
Exit codes: 0 when everything asked for is in the store, ${STILL_REFUSED} when the store refused some of it again, 1 for a fault.`,
    )
    .action(async (segment: string | undefined, options: ApiOptions & { readonly all?: boolean }) => {
      if (segment !== undefined && options.all === true)
        throw new CommandFault('name one segment, or ask for --all of them, not both');
      const client = clientFor(options, io);
      if (segment === undefined && options.all !== true) {
        const segments = await client.setAside();
        if (options.json === true) printJson(io, { segments });
        else printSetAside(io, segments);
        return;
      }
      const names = segment === undefined ? (await client.setAside()).map((one) => one.segment) : [segment];
      const progress = progressLine(io.stderr);
      const retried: RetriedAnswer[] = [];
      for (const [place, name] of names.entries()) {
        progress.show(`segment ${place + 1} of ${names.length}`);
        retried.push(await client.retrySetAside(name));
      }
      progress.end();
      if (options.json === true) printJson(io, { retried });
      else printRetried(io, retried);
      if (retried.some(({ state }) => state === 'refused')) finish(STILL_REFUSED);
    });

function printSetAside(io: CommandIo, segments: readonly SetAsideSegment[]): void {
  if (segments.length === 0) {
    io.stdout.write('nothing is set aside\n');
    return;
  }
  const rows = segments.flatMap(({ segment, received_at, tries, tables }) =>
    tables
      .filter(({ state }) => state === 'refused')
      .map(({ table, rows: count, reason }) => [
        segment,
        received_at,
        String(tries),
        table,
        String(count),
        reason ?? '',
      ]),
  );
  printTable(io.stdout, ['segment', 'received', 'tries', 'table', 'rows', 'reason'], rows);
  io.stdout.write('\n"serin retry SEGMENT" or "serin retry --all" loads them again.\n');
}

function printRetried(io: CommandIo, retried: readonly RetriedAnswer[]): void {
  if (retried.length === 0) {
    io.stdout.write('nothing is set aside\n');
    return;
  }
  const rows = retried.flatMap(({ segment, tables }) =>
    tables.map(({ table, rows: count, state, reason }) => [segment, table, String(count), state, reason ?? '']),
  );
  printTable(io.stdout, ['segment', 'table', 'rows', 'state', 'reason'], rows);
}
