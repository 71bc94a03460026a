import { Command } from 'commander';
import { printJson, withApiOptions, type ApiOptions } from './api-options.ts';
import { DEFAULT_URL } from './client.ts';
import type { MakeCommand } from './command-io.ts';
import { examine } from './examine.ts';
import { printable } from './print-table.ts';

const MARKS = { ok: 'ok  ', warning: 'note', fault: 'FAIL' } as const;

/** `serin doctor`: would the daemon run here, and does it? */
export const doctorCommand: MakeCommand = (io, finish) =>
  withApiOptions(
    new Command('doctor')
      .description('Examine this machine and a running daemon: engine, models, ports, disk, data directory.')
      .option('--config <file>', 'settings that the daemon would be started with')
      .option('--data <directory>', 'its data directory', 'serin-data'),
  )
    .addHelpText('after', '\nExit codes: 0 when the daemon runs or could run here, 1 when something stands in its way.')
    .action(async (options: ApiOptions & { config?: string; data: string }) => {
      const results = await examine({
        ...(options.config === undefined ? {} : { config: options.config }),
        data: options.data,
        url: options.url ?? io.env['SERIN_URL'] ?? DEFAULT_URL,
        env: io.env,
      });
      const healthy = results.every((result) => result.state !== 'fault');
      if (options.json === true) printJson(io, { healthy, results });
      else
        for (const { name, state, message, hint } of results)
          io.stdout.write(
            `${MARKS[state]}  ${name.padEnd(15)} ${printable(message)}\n${hint === undefined ? '' : `      ${printable(hint)}\n`}`,
          );
      if (!healthy) finish(1);
    });
