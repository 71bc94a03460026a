import { Command, Option } from 'commander';
import { clientFor, printJson, withApiOptions, type ApiOptions } from './api-options.ts';
import type { MakeCommand } from './command-io.ts';
import { CommandFault } from './fault.ts';
import { printable } from './print-table.ts';

interface EndOptions extends ApiOptions {
  readonly as: 'rollback' | 'inconclusive';
  readonly reason: string;
  readonly by?: string;
}

/** `serin end ROLLOUT`: a person's decision. */
export const endCommand: MakeCommand = (io) =>
  withApiOptions(
    new Command('end')
      .description('End a rollout by hand: roll the candidate back, or close the rollout without a verdict on it.')
      .argument('<rollout>', 'id of the rollout')
      .addOption(
        new Option('--as <verdict>', 'rollback: the candidate must go back; inconclusive: close it')
          .choices(['rollback', 'inconclusive'])
          .makeOptionMandatory(),
      )
      .requiredOption('--reason <text>', 'why; kept with the decision')
      .option('--by <name>', 'who says so (default: $USER)'),
  ).action(async (id: string, options: EndOptions) => {
    const by = options.by ?? io.env['USER'] ?? '';
    if (by === '') throw new CommandFault('nobody is named who ends the rollout', { hint: 'Name yourself with --by.' });
    const rollout = await clientFor(options, io).endRollout(id, { verdict: options.as, by, reason: options.reason });
    if (options.json === true) printJson(io, rollout);
    else
      io.stdout.write(
        `rollout ${rollout.id} of ${printable(`${rollout.model} ${rollout.candidate}`)} is ${rollout.state.replace('_', ' ')}\n`,
      );
  });
