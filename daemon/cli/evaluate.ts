import { Command, Option } from 'commander';
import { clientFor, printJson, withApiOptions, type ApiOptions } from './api-options.ts';
import type { Evaluation } from './client.ts';
import type { CommandIo, MakeCommand } from './command-io.ts';
import { CommandFault } from './fault.ts';
import { parseListOption, parseTimeOption, timeOption } from './parse-option.ts';
import { printTable, short } from './print-table.ts';

interface EvaluateOptions extends ApiOptions {
  readonly model: string;
  readonly version?: string;
  readonly reference?: string;
  readonly referenceFrom?: string;
  readonly referenceTo?: string;
  readonly from: string;
  readonly to: string;
  readonly window: string;
  readonly slices?: string[];
  readonly detectors?: string[];
  readonly labelAge?: string;
  readonly all?: boolean;
}

/** `serin evaluate`: judge any stretch of stored data now. */
export const evaluateCommand: MakeCommand = (io) =>
  withApiOptions(
    new Command('evaluate')
      .description('Judge any stretch of stored data now; nothing is stored, nobody is told.')
      .requiredOption('--model <name>', 'which model')
      .option('--version <version>', 'only what this version answered')
      .option('--reference <id>', 'what it is judged against: a reference, from serin reference list')
      .option('--reference-from <time>', 'or the start of a stretch of predictions, or how long ago', parseTimeOption)
      .option('--reference-to <time>', 'end of it', parseTimeOption)
      .requiredOption('--from <time>', 'start of what is judged, or how long ago', parseTimeOption)
      .addOption(timeOption('--to <time>', 'end of it, or how long ago'))
      .addOption(
        new Option('--window <length>', 'length of a window').choices(['1h', '6h', '1d', '1w', '1mo']).default('1d'),
      )
      .option('--slices <slices>', 'only these', parseListOption)
      .option('--detectors <names>', 'only these', parseListOption)
      .option('--label-age <length>', 'accuracy as it was known when each prediction was this old, such as 30d')
      .option('--all', 'print what passed and what had too little data too'),
  ).action(async (options: EvaluateOptions) => {
    const evaluation = await clientFor(options, io).evaluate({
      model: options.model,
      ...(options.version === undefined ? {} : { version: options.version }),
      reference: referenceOf(options),
      from: options.from,
      to: options.to,
      window: options.window,
      ...(options.slices === undefined ? {} : { slices: options.slices }),
      ...(options.detectors === undefined ? {} : { detectors: options.detectors }),
      ...(options.labelAge === undefined ? {} : { label_age: options.labelAge }),
    });
    if (options.json === true) printJson(io, evaluation);
    else printEvaluation(io, evaluation, options.all === true);
  });

function referenceOf({ reference, referenceFrom, referenceTo }: EvaluateOptions): object {
  const isStretch = referenceFrom !== undefined && referenceTo !== undefined;
  if (reference !== undefined && referenceFrom === undefined && referenceTo === undefined) return { id: reference };
  if (reference === undefined && isStretch) return { from: referenceFrom, to: referenceTo };
  throw new CommandFault('what it is judged against is not said, or said twice', {
    hint: 'Give --reference, or --reference-from and --reference-to.',
  });
}

function printEvaluation(io: CommandIo, evaluation: Evaluation, all: boolean): void {
  for (const { from, to, count, findings } of evaluation.windows) {
    const failed = findings.filter((finding) => finding.state === 'fail');
    const number = (state: string) => findings.filter((finding) => finding.state === state).length;
    io.stdout.write(
      `${from} to ${to}: ${count} predictions, ${failed.length} fail, ${number('pass')} pass, ${number('insufficient')} insufficient\n`,
    );
    const shown = all ? findings : failed;
    if (shown.length === 0) continue;
    printTable(
      io.stdout,
      ['state', 'detector', 'slice', 'feature', 'statistic', 'limit', 'reason'],
      shown.map((finding) => [
        finding.state,
        finding.detector,
        finding.slice,
        finding.feature ?? '',
        short(finding.statistic),
        short(finding.limit),
        finding.reason,
      ]),
    );
    for (const { feature, links } of shown) {
      if (links?.slowest_traces === undefined || links.failing_traces === undefined) continue;
      io.stdout.write(`${feature ?? ''}\n  slowest: ${links.slowest_traces}\n  failing: ${links.failing_traces}\n`);
    }
  }
}
