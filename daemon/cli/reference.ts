import { Command, Option } from 'commander';
import { access, constants } from 'node:fs/promises';
import type { TakenReference } from '../api/contract.ts';
import { clientFor, printJson, withApiOptions, type ApiOptions } from './api-options.ts';
import type { CommandIo, MakeCommand } from './command-io.ts';
import { CommandFault } from './fault.ts';
import { printable, printTable } from './print-table.ts';

interface ReferenceOptions extends ApiOptions {
  readonly model: string;
}

interface UploadOptions extends ReferenceOptions {
  readonly format?: string;
  readonly timestamp?: string;
  readonly score?: string;
  readonly label?: string;
  readonly tags?: string;
  readonly categories?: string;
  readonly ignore?: string;
}

const FORMATS: Readonly<Record<string, string>> = {
  parquet: 'parquet',
  csv: 'csv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
};

/** `serin reference`: what a model is judged against: take a file, list what was taken, go back to one, export one. */
export const referenceCommand: MakeCommand = (io) =>
  new Command('reference')
    .description('What the windows of a model are judged against.')
    .addCommand(uploadCommand(io))
    .addCommand(listCommand(io))
    .addCommand(useCommand(io))
    .addCommand(exportCommand(io));

function uploadCommand(io: CommandIo): Command {
  return ofModel('upload', 'Take a Parquet, CSV or NDJSON file of training data as the reference of a model.')
    .argument('<file>', 'one row a record, one column a feature')
    .addOption(
      new Option('--format <format>', 'form of the file; by default by its name').choices(['parquet', 'csv', 'ndjson']),
    )
    .option('--timestamp <column>', 'when a row was made (default: timestamp, if there is such a column)')
    .option('--score <column>', 'score of the model (default: score)')
    .option('--label <column>', 'label (default: label)')
    .option('--tags <columns>', 'columns that are tags and no features, separated by commas')
    .option('--categories <columns>', 'columns of numbers that are names, such as merchant codes')
    .option('--ignore <columns>', 'columns that are left out')
    .action(async (file: string, options: UploadOptions) => {
      await access(file, constants.R_OK).catch((error: unknown) => {
        throw new CommandFault(`the file ${file} cannot be read`, { hint: 'Name a file that exists.', cause: error });
      });
      const { timestamp, score, label, tags, categories, ignore } = options;
      const format = options.format ?? formatOf(file);
      const query = { format, timestamp, score, label, tags, categories, ignore };
      const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
      const taken = await clientFor(options, io).uploadReference(options.model, file, Object.fromEntries(given));
      if (options.json === true) printJson(io, taken);
      else printReference(io, taken);
    });
}

function listCommand(io: CommandIo): Command {
  return ofModel('list', 'List every reference of a model that was ever taken; * marks the one in use.').action(
    async (options: ReferenceOptions) => {
      const references = await clientFor(options, io).references(options.model);
      if (options.json === true) return printJson(io, { references });
      printTable(
        io.stdout,
        ['', 'id', 'kind', 'from', 'to', 'rows', 'taken'],
        references.map(({ id, kind, from, to, upload, taken_at: taken, in_use: inUse }) => [
          inUse ? '*' : '',
          id,
          kind,
          from,
          to,
          upload === null ? '' : String(upload.rows),
          taken,
        ]),
      );
    },
  );
}

function useCommand(io: CommandIo): Command {
  return ofModel('use', 'Judge against an earlier reference again.')
    .argument('<reference>', 'its id, from serin reference list')
    .action(async (id: string, options: ReferenceOptions) => {
      const model = await clientFor(options, io).useReference(options.model, id);
      if (options.json === true) printJson(io, model);
      else io.stdout.write(printable(`${model.model} is judged against ${id}`) + '\n');
    });
}

function exportCommand(io: CommandIo): Command {
  return ofModel('export', 'Write the rows of a reference as Parquet, or its histograms as JSON, to a new file.')
    .argument('<reference>', 'its id, from serin reference list')
    .requiredOption('--output <file>', 'file to write, which must not be there yet')
    .option('--histograms', 'what the detectors see, as JSON, instead of the rows')
    .action(async (id: string, options: ReferenceOptions & { readonly output: string; readonly histograms?: true }) => {
      const { model, output } = options;
      await access(output).then(
        () => {
          throw new CommandFault(`${output} is there already`, { hint: 'Name another file with --output.' });
        },
        () => undefined,
      );
      const what = options.histograms === true ? 'histograms' : 'rows';
      await clientFor(options, io).exportReference(model, id, what, output);
      if (options.json === true) printJson(io, { reference: id, file: output });
      else io.stdout.write(`${printable(`${what} of ${id} are in ${output}`)}\n`);
    });
}

function ofModel(name: string, description: string): Command {
  return withApiOptions(new Command(name).description(description).requiredOption('--model <name>', 'which model'));
}

function formatOf(file: string): string {
  const ending = file.split('.').at(-1)?.toLowerCase() ?? '';
  const format = FORMATS[ending];
  if (format === undefined)
    throw new CommandFault(`the name of ${file} does not tell its form`, {
      hint: 'Name it with --format parquet, csv or ndjson.',
    });
  return format;
}

function printReference(io: CommandIo, { id, model, from, to, upload }: TakenReference): void {
  const columns = upload?.columns.map(({ name, role }) => `${name} (${role})`).join(', ') ?? '';
  const lines = [
    `reference ${id} of ${model}: ${upload?.rows ?? 0} rows, ${upload?.labelled ?? 0} labelled`,
    `  time     ${upload?.timed === true ? `${from} to ${to}` : 'none: limits allow for sampling noise alone'}`,
    `  columns  ${columns}`,
  ];
  io.stdout.write(`${lines.map(printable).join('\n')}\n`);
}
