import { Command } from 'commander';
import type { Shift } from '../api/contract.ts';
import { clientFor, printJson, withApiOptions, type ApiOptions } from './api-options.ts';
import type { CommandIo, MakeCommand } from './command-io.ts';
import { CommandFault } from './fault.ts';
import { timeOption } from './parse-option.ts';
import { percent, printTable } from './print-table.ts';

interface ShiftOptions extends ApiOptions {
  readonly model: string;
  readonly feature?: string;
  readonly score?: boolean;
  readonly from: string;
  readonly to: string;
}

/** `serin shift`: which slices carry the shift of a feature or of the score. */
export const shiftCommand: MakeCommand = (io) =>
  withApiOptions(
    new Command('shift')
      .description('Search the slices that carry the shift of a feature, or of the score, since the reference.')
      .requiredOption('--model <name>', 'which model')
      .option('--feature <name>', 'which feature')
      .option('--score', 'the score instead of a feature')
      .addOption(timeOption('--from <time>', 'start of what is compared, or how long ago', '1h'))
      .addOption(timeOption('--to <time>', 'end of it, or how long ago')),
  ).action(async ({ model, feature, score, from, to, ...options }: ShiftOptions) => {
    if ((feature === undefined) === (score !== true))
      throw new CommandFault('name what has shifted: --feature NAME, or --score');
    const query = feature === undefined ? { kind: 'score' } : { kind: 'feature', feature };
    const shift = await clientFor(options, io).shift(model, { ...query, from, to });
    if (options.json === true) printJson(io, shift);
    else printShift(io, shift);
  });

function printShift(io: CommandIo, { rows, searched, reference, shifted, slices }: Shift): void {
  if (reference === null || rows.reference === 0 || rows.window === 0) {
    io.stdout.write('there is nothing to compare: no prediction is stored of the reference, or of this time\n');
    return;
  }
  io.stdout.write(
    `${rows.window} predictions against ${rows.reference} of the reference, ${searched} slices searched: ${summaryOf(shifted, slices.length)}\n`,
  );
  if (slices.length === 0) return;
  printTable(
    io.stdout,
    ['slice', 'of the shift', '95 % interval', 'of the traffic', 'in the reference'],
    slices.map(({ slice, share, interval: [low, high], traffic, traffic_before: before }) => [
      slice,
      percent(share),
      `${percent(low)} to ${percent(high)}`,
      percent(traffic),
      percent(before),
    ]),
  );
}

function summaryOf(shifted: boolean, named: number): string {
  if (!shifted) return 'nothing shifted beyond what chance does';
  return named === 0 ? 'the shift is everywhere' : 'these carry more of the shift than of the traffic';
}
