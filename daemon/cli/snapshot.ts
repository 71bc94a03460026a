import { Command } from 'commander';
import type { Retraining, Snapshot } from '../api/contract.ts';
import { clientFor, printJson, withApiOptions, type ApiOptions } from './api-options.ts';
import type { ApiClient } from './client.ts';
import type { CommandIo, MakeCommand } from './command-io.ts';
import { CommandFault } from './fault.ts';
import { percent, printable } from './print-table.ts';
import { progressLine } from './progress.ts';

const PAUSE_MS = 500;

interface SnapshotOptions extends ApiOptions {
  readonly model?: string;
  readonly reason: string;
}

/** `serin snapshot`: freeze training data by starting a retraining, or show the manifest of a snapshot. */
export const snapshotCommand: MakeCommand = (io) =>
  withApiOptions(
    new Command('snapshot')
      .description('Start a retraining of a model and show its frozen training data, or show an earlier snapshot.')
      .argument('[snapshot]', 'id of an earlier snapshot')
      .option('--model <name>', 'start a retraining of this model')
      .option('--reason <text>', 'kept with the retraining', 'asked for on the command line'),
  ).action(async (id: string | undefined, options: SnapshotOptions) => {
    const client = clientFor(options, io);
    if ((id === undefined) === (options.model === undefined))
      throw new CommandFault('name either an earlier snapshot, or a model with --model', {
        hint: 'serin snapshot --help shows both.',
      });
    const found = await client.snapshot(id ?? (await freeze(io, client, options.model ?? '', options.reason)));
    if (options.json === true) printJson(io, found);
    else printManifest(io, found);
  });

async function freeze(io: CommandIo, client: ApiClient, model: string, reason: string): Promise<string> {
  const progress = progressLine(io.stderr);
  let retraining: Retraining | undefined = await client.startRetraining(model, reason);
  const { id } = retraining;
  while (retraining?.snapshot === null && retraining.state === 'snapshotting') {
    progress.show(`retraining ${id}: ${retraining.state}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    retraining = (await client.retrainings(model)).find((other) => other.id === id);
  }
  progress.end();
  if (retraining?.snapshot == null)
    throw new CommandFault(`retraining ${id} has no snapshot: ${retraining?.error ?? 'it is gone'}`);
  return retraining.snapshot;
}

function printManifest(io: CommandIo, snapshot: Snapshot): void {
  const lines = [
    `snapshot ${snapshot.id} of ${snapshot.model}`,
    `  file     ${snapshot.path} (${snapshot.bytes} bytes)`,
    `  sha256   ${snapshot.sha256}`,
    `  time     ${snapshot.from} to ${snapshot.to}`,
    `  rows     ${snapshot.rows}, ${snapshot.labelled} labelled (${percent(snapshot.label_coverage)})`,
    `  columns  ${snapshot.columns.map((column) => `${column.name} ${column.type}`).join(', ')}`,
    `  created  ${snapshot.created_at}`,
  ];
  io.stdout.write(`${lines.map(printable).join('\n')}\n`);
}
