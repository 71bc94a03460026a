import { Command } from 'commander';
import { ConfigError, loadConfig } from '../config/load-config.ts';
import type { ModelSettings } from '../config/config.ts';
import { describeLimits } from '../models/describe-limits.ts';
import { findUnknown } from '../models/check-detectors.ts';
import { shareBudget } from '../watch/fleet-budget.ts';
import { printJson } from './api-options.ts';
import type { MakeCommand } from './command-io.ts';

/** `serin check [serin.yaml]`: is the configuration file right? */
export const checkCommand: MakeCommand = (io, finish) =>
  new Command('check')
    .description('Check a configuration file; nothing is started.')
    .argument('[file]', 'the configuration file', 'serin.yaml')
    .option('--json', 'print one JSON document instead of text')
    .action(async (file: string, options: { json?: boolean }) => {
      const { problems, limits } = await lookAt(file, io.env);
      if (options.json === true) printJson(io, { file, ok: problems.length === 0, problems, limits });
      else if (problems.length === 0) {
        const rows = Object.entries(limits).map(([model, says]) => `  ${model}: ${says}\n`);
        io.stdout.write(`${file} is right\n${rows.join('')}`);
      } else io.stderr.write(`${problems.join('\n')}\n  docs/configuration.md lists every setting.\n`);
      if (problems.length > 0) finish(1);
    });

interface Look {
  readonly problems: readonly string[];
  /** How rarely each model may raise a false alarm, by its name; `all others`, or `all models`, for the defaults. */
  readonly limits: Readonly<Record<string, string>>;
}

async function lookAt(file: string, environment: Readonly<Record<string, string | undefined>>): Promise<Look> {
  try {
    const { models, watch } = await loadConfig(file, environment, findUnknown);
    const rest = Object.keys(models.by_name).length === 0 ? 'all models' : 'all others';
    const settings: Record<string, ModelSettings> = { ...models.by_name, [rest]: models.defaults };
    const budgetOf = (name: string): number => settings[name]?.false_alarm_budget ?? 0;
    const allowed = shareBudget(Object.keys(settings), budgetOf, watch.false_alarm_budget);
    const limits = Object.entries(settings).map(([name, one]) => [name, describeLimits(one, null, allowed(name)).says]);
    return { problems: [], limits: Object.fromEntries(limits) };
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems, limits: {} };
    throw error;
  }
}
