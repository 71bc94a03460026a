import { Command } from 'commander';
import { defaultConfig } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { findUnknown } from '../models/check-detectors.ts';
import { openModelSettings } from '../models/model-settings.ts';
import { readStoredMonths, rebuildRollups } from '../store/rebuild-rollups.ts';
import { openStore } from '../store/store.ts';
import type { ModelRecord } from '../../detectors/terms.ts';
import type { CommandIo, MakeCommand } from './command-io.ts';
import { CommandFault } from './fault.ts';
import { progressLine } from './progress.ts';

interface RebuildOptions {
  readonly config?: string;
  readonly data: string;
  readonly month?: string;
  readonly json?: boolean;
}

/** `serin rebuild-rollups`: what is judged, counted anew from what was stored. */
export const rebuildRollupsCommand: MakeCommand = (io) =>
  new Command('rebuild-rollups')
    .description('Count the minute rollups of predictions anew from the stored predictions, month by month.')
    .option('--config <file>', 'settings of the daemon')
    .option('--data <directory>', 'its data directory', 'serin-data')
    .option('--month <yyyy-mm>', 'only this month; every month that has predictions without it')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nStop the daemon first: what it loads meanwhile would not be counted. Use it after the slices of a model changed, to cut
the past as well, or when the rollups are in doubt. Each month is exchanged in one step; an interrupted one stays as it was.`,
    )
    .action(async (options: RebuildOptions) => {
      await rebuild(io, options);
    });

async function rebuild(io: CommandIo, options: RebuildOptions): Promise<void> {
  const config = options.config === undefined ? defaultConfig() : await loadConfig(options.config, io.env, findUnknown);
  const store = await openStore(config.store, options.data);
  const progress = progressLine(io.stderr);
  try {
    const book = await openModelSettings(config.models, store.documents<ModelRecord>('models'));
    const stored = await readStoredMonths(store.bulk);
    const wanted = options.month === undefined ? undefined : Number(options.month.replace('-', ''));
    const months = stored.filter(({ month }) => wanted === undefined || month === wanted);
    if (months.length === 0) {
      const known = stored.map(({ month }) => sayMonth(month)).join(', ') || 'none at all';
      throw new CommandFault(
        `there are no predictions in ${options.month ?? options.data}; months with some: ${known}`,
      );
    }
    for (const { month } of months)
      await rebuildRollups(
        store.bulk,
        month,
        (model) => book.of(model).slices,
        (model, done, of) => progress.show(`${sayMonth(month)}: ${model}, ${done} of ${of} models`),
      );
    progress.end();
    const rebuilt = months.map(({ month, predictions }) => ({ month: sayMonth(month), predictions }));
    if (options.json === true) io.stdout.write(`${JSON.stringify({ rebuilt })}\n`);
    else
      for (const { month, predictions } of rebuilt) io.stdout.write(`${month}  ${predictions} predictions counted\n`);
  } finally {
    await store.close();
  }
}

function sayMonth(month: number): string {
  return `${Math.floor(month / 100)}-${String(month % 100).padStart(2, '0')}`;
}
