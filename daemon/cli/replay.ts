import { Command } from 'commander';
import type { Comparison, Replay } from '../api/contract.ts';
import { clientFor, printJson, withApiOptions, type ApiOptions } from './api-options.ts';
import type { ApiClient } from './client.ts';
import type { CommandIo, MakeCommand } from './command-io.ts';
import { CommandFault } from './fault.ts';
import { parseCountOption, parseListOption, parseTimeOption } from './parse-option.ts';
import { percent, printable, printTable, short } from './print-table.ts';
import { progressLine } from './progress.ts';

const PAUSE_MS = 500;

interface ReplayOptions extends ApiOptions {
  readonly model: string;
  readonly candidate: string;
  readonly control?: string;
  readonly from: string;
  readonly to: string;
  readonly limit?: number;
  readonly slices?: string[];
}

/** `serin replay`: what would the candidate have decided? */
export const replayCommand: MakeCommand = (io) =>
  withApiOptions(
    new Command('replay')
      .description('Replay recorded predictions through a registered version and compare.')
      .requiredOption('--model <name>', 'whose predictions')
      .requiredOption('--candidate <version>', 'a registered version')
      .option('--control <version>', 'replay only what this version answered')
      .option(
        '--from <time>',
        'start, or how long ago',
        parseTimeOption,
        new Date(Date.now() - 86_400_000).toISOString(),
      )
      .option('--to <time>', 'end, or how long ago', parseTimeOption, new Date().toISOString())
      .option('--limit <count>', 'replay a sample of this size', parseCountOption)
      .option('--slices <tags>', 'tags to cut the comparison by', parseListOption),
  ).action(async (options: ReplayOptions) => {
    const { url: _url, json: _json, ...request } = options;
    const client = clientFor(options, io);
    const { id } = await client.startReplay(request);
    const replay = await follow(io, client, id);
    if (options.json === true) printJson(io, replay);
    else printReplay(io, replay);
    if (replay.state === 'failed')
      throw new CommandFault(`the replay failed: ${replay.error ?? 'no reason given'}`, {
        hint: `GET /v1/replays/${id} has all that is known of it.`,
      });
  });

async function follow(io: CommandIo, client: ApiClient, id: string): Promise<Replay> {
  const progress = progressLine(io.stderr);
  for (;;) {
    const replay = await client.replay(id);
    if (replay.state === 'done' || replay.state === 'failed') {
      progress.end();
      return replay;
    }
    const share = replay.recorded === 0 ? 0 : replay.replayed / replay.recorded;
    const bar = '#'.repeat(Math.round(share * 30)).padEnd(30, '.');
    progress.show(`${replay.state} [${bar}] ${replay.replayed} of ${replay.recorded}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function printReplay(io: CommandIo, replay: Replay): void {
  const rate = replay.rows_per_second === null ? '' : `, ${Math.round(replay.rows_per_second)} a second`;
  const backend = replay.backend === null ? '' : ` on ${replay.backend}`;
  io.stdout.write(
    `${printable(replay.candidate)} replayed ${replay.replayed} of ${replay.recorded} recorded predictions${backend}${rate}\n`,
  );
  const comparisons = [...(replay.comparison === null ? [] : [replay.comparison]), ...replay.slices];
  if (comparisons.length > 0) printTable(io.stdout, HEAD, comparisons.map(comparisonRow));
  if (replay.noise_floor !== null)
    io.stdout.write(
      `noise floor: the control against its own record flips ${percent(replay.noise_floor.flips)} and differs by ${short(replay.noise_floor.score)} on average\n`,
    );
}

const HEAD = [
  'slice',
  'replayed',
  'failed',
  'flips',
  'interval',
  'to decline',
  'to approve',
  'value',
  'score shift',
  'rank corr.',
  'AUC control',
  'AUC candidate',
];

function comparisonRow(comparison: Comparison): string[] {
  const { flips } = comparison;
  return [
    comparison.slice,
    String(comparison.replayed),
    String(comparison.failed),
    percent(flips.share),
    `${percent(flips.interval[0])} .. ${percent(flips.interval[1])}`,
    String(flips.to_decline),
    String(flips.to_approve),
    `${Math.round(flips.value_to_decline)} / ${Math.round(flips.value_to_approve)}`,
    short(comparison.score_shift.mean),
    short(comparison.rank_correlation),
    short(comparison.labelled.control_auc),
    short(comparison.labelled.candidate_auc),
  ];
}
