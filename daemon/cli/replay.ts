import { Command } from 'commander';
import type { Replay } from '../api/contract.ts';
import { clientFor, printJson, withApiOptions, type ApiOptions } from './api-options.ts';
import type { ApiClient } from './client.ts';
import type { CommandIo, MakeCommand } from './command-io.ts';
import { CommandFault } from './fault.ts';
import { parseCountOption, parseListOption, parsePositiveOption, timeOption } from './parse-option.ts';
import { printReplay } from './print-replay.ts';
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
  readonly pace?: number;
}

/** `serin replay`: what would the candidate have decided? */
export const replayCommand: MakeCommand = (io) =>
  withApiOptions(
    new Command('replay')
      .description('What would a registered version have decided differently, to whom, and what would it have cost?')
      .requiredOption('--model <name>', 'whose predictions')
      .requiredOption('--candidate <version>', 'a registered version')
      .option('--control <version>', 'replay only what this version answered')
      .addOption(timeOption('--from <time>', 'start, or how long ago', '1d'))
      .addOption(timeOption('--to <time>', 'end, or how long ago'))
      .option('--limit <count>', 'replay a stratified sample of this size; the answer speaks of all', parseCountOption)
      .option('--pace <times>', 'times the recorded pace; as fast as it goes without it', parsePositiveOption)
      .option(
        '--slices <slices>',
        'tags, categories and cuts such as amount>=100 to cut the comparison by',
        parseListOption,
      ),
  ).action(async (options: ReplayOptions) => {
    const { url: _url, json: _json, ...request } = options;
    const client = clientFor(options, io);
    const { id } = await client.startReplay(request);
    const replay = await follow(io, client, id);
    if (options.json === true) printJson(io, replay);
    else if (replay.state === 'done') printReplay(io.stdout, replay, (await client.model(replay.model)).value_unit);
    if (replay.state === 'failed')
      throw new CommandFault(`the replay failed: ${replay.error ?? 'no reason given'}`, {
        hint: `GET /v1/replays/${id} has all that is known of it.`,
      });
  });

async function follow(io: CommandIo, client: ApiClient, id: string): Promise<Replay> {
  const progress = progressLine(io.stderr);
  for (;;) {
    const replay = await client.replay(id);
    // What differs is there first, why it differs a little later.
    if ((replay.state === 'done' && replay.attribution !== null) || replay.state === 'failed') {
      progress.end();
      return replay;
    }
    const share = replay.recorded === 0 ? 0 : replay.replayed / replay.recorded;
    const bar = '#'.repeat(Math.round(share * 30)).padEnd(30, '.');
    progress.show(`${replay.state} [${bar}] ${replay.replayed} of ${replay.recorded}${pace(replay)}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function pace({ rows_per_second: rate, seconds_left: left }: Replay): string {
  return `${rate === null ? '' : `, ${rate} a second`}${left === null ? '' : `, ${left} s left`}`;
}
