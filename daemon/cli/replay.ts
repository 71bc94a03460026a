import { Command } from 'commander';
import type { Replay } from '../api/contract.ts';
import { clientFor, printJson, withApiOptions, type ApiOptions } from './api-options.ts';
import type { ApiClient } from './client.ts';
import type { CommandIo, MakeCommand } from './command-io.ts';
import { CommandFault } from './fault.ts';
import { parseCountOption, parseListOption, parsePositiveOption, timeOption } from './parse-option.ts';
import { printReplay } from './print-replay.ts';
import { printable } from './print-table.ts';
import { progressLine } from './progress.ts';

const PAUSE_MS = 500;

interface ReplayOptions extends ApiOptions {
  readonly model?: string;
  readonly candidate?: string;
  readonly cancel?: string;
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
      .option('--model <name>', 'whose predictions')
      .option('--candidate <version>', 'a registered version')
      .option('--control <version>', 'replay only what this version answered')
      .addOption(timeOption('--from <time>', 'start, or how long ago', '1d'))
      .addOption(timeOption('--to <time>', 'end, or how long ago'))
      .option('--limit <count>', 'replay a stratified sample of this size; the answer speaks of all', parseCountOption)
      .option('--pace <times>', 'times the recorded pace; as fast as it goes without it', parsePositiveOption)
      .option(
        '--slices <slices>',
        'tags, categories and cuts such as amount>=100 to cut the comparison by',
        parseListOption,
      )
      .option('--cancel <id>', 'cancel a replay that is queued or runs, in place of starting one'),
  )
    .addHelpText('after', '\nCtrl-C cancels the replay.')
    .action(async (options: ReplayOptions) => {
      const client = clientFor(options, io);
      const replay =
        options.cancel === undefined
          ? await startAndFollow(io, client, options)
          : await client.cancelReplay(options.cancel);
      await show(io, client, options, replay);
    });

async function startAndFollow(io: CommandIo, client: ApiClient, options: ReplayOptions): Promise<Replay> {
  const { url: _url, json: _json, cancel: _cancel, ...request } = options;
  for (const [option, value] of [
    ['--model <name>', request.model],
    ['--candidate <version>', request.candidate],
  ])
    if (value === undefined) throw new CommandFault(`required option '${option}' not specified`);
  const { id } = await client.startReplay(request);
  let cancelling: Promise<unknown> | undefined;
  const listenNoMore = io.onInterrupt(() => {
    // It may be done at this very moment: then that is what is shown.
    cancelling = client.cancelReplay(id).catch(() => undefined);
  });
  try {
    return await follow(io, client, id);
  } finally {
    listenNoMore();
    await cancelling;
  }
}

async function show(io: CommandIo, client: ApiClient, options: ReplayOptions, replay: Replay): Promise<void> {
  if (options.json === true) printJson(io, replay);
  else if (replay.state === 'done') printReplay(io.stdout, replay, (await client.model(replay.model)).value_unit);
  const count = `${replay.replayed} of ${replay.recorded} predictions were replayed`;
  if (replay.state === 'cancelled' && options.cancel !== undefined)
    io.stderr.write(`replay ${replay.id} is cancelled: ${count}\n`);
  else if (replay.state === 'cancelled') throw new CommandFault(`the replay was cancelled: ${count}`);
  if (replay.state === 'failed')
    throw new CommandFault(`the replay failed: ${replay.error ?? 'no reason given'}`, {
      hint: `GET /v1/replays/${replay.id} has all that is known of it.`,
    });
}

async function follow(io: CommandIo, client: ApiClient, id: string): Promise<Replay> {
  const progress = progressLine(io.stderr);
  let waitedFor: string | undefined;
  for (;;) {
    const replay = await client.replay(id);
    // What differs is there first, why it differs a little later.
    if (
      replay.state === 'done' ? replay.attribution !== null : replay.state === 'failed' || replay.state === 'cancelled'
    ) {
      progress.end();
      return replay;
    }
    const share = replay.recorded === 0 ? 0 : replay.replayed / replay.recorded;
    const bar = '#'.repeat(Math.round(share * 30)).padEnd(30, '.');
    progress.show(`${replay.state} [${bar}] ${replay.replayed} of ${replay.recorded}${pace(replay)}`);
    if (replay.waiting !== null && replay.waiting.reason !== waitedFor)
      io.stderr.write(`${sayWaiting(replay.waiting)}\n`);
    waitedFor = replay.waiting?.reason;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function sayWaiting({ reason, attempts, again_at: again }: NonNullable<Replay['waiting']>): string {
  const tried = attempts === 0 ? '' : `; tried ${attempts === 1 ? 'once' : `${attempts} times`}`;
  return `waiting for ${printable(reason)}${tried}${again === null ? '' : `, again at ${again}`}`;
}

function pace({ rows_per_second: rate, seconds_left: left }: Replay): string {
  return `${rate === null ? '' : `, ${rate} a second`}${left === null ? '' : `, ${left} s left`}`;
}
