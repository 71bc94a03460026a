import { Command } from 'commander';
import type { VerdictAnswer } from '../api/contract.ts';
import { CommandFault } from './fault.ts';
import { clientFor, printJson, withApiOptions, type ApiOptions } from './api-options.ts';
import type { CommandIo, MakeCommand } from './command-io.ts';
import { parseDurationOption } from './parse-option.ts';
import { percent, printable, printTable, short } from './print-table.ts';
import { progressLine } from './progress.ts';

/** Exit codes by verdict: a pipeline branches on them. 1 stays for faults. */
export const VERDICT_EXIT_CODES = { promote: 0, hold: 10, rollback: 20, inconclusive: 30 } as const;

const PAUSE_MS = 2000;

/** `serin verdict ROLLOUT`: may the candidate go on? */
export const verdictCommand: MakeCommand = (io, finish) =>
  withApiOptions(
    new Command('verdict')
      .description('Ask whether the candidate of a rollout may go on.')
      .argument('<rollout>', 'id of the rollout')
      .option(
        '--wait <time>',
        'ask again while the answer is hold, at most this long, such as 30m',
        parseDurationOption,
      )
      .option('--advance', 'begin the next stage when the verdict is promote')
      .option(
        '--recompute <decision>',
        'judge a stored decision again from its inputs, and say whether it is the same',
      ),
  )
    .addHelpText(
      'after',
      '\nExit codes: 0 promote, 10 hold or time up, 20 rollback, 30 inconclusive, 1 fault;\nwith --recompute: 0 equal, 1 not equal or fault.',
    )
    .action(async (rollout: string, options: VerdictOptions) => {
      if (options.recompute !== undefined) {
        finish((await showRecomputed(io, rollout, options.recompute, options)) ? 0 : 1);
        return;
      }
      const answer = await askUntilDecided(io, rollout, options);
      if (options.advance === true && answer.verdict === 'promote')
        await clientFor(options, io).advance(rollout, answer.stage);
      if (options.json === true) printJson(io, answer);
      else printVerdict(io, answer);
      finish(VERDICT_EXIT_CODES[answer.verdict]);
    });

type VerdictOptions = ApiOptions & {
  readonly wait?: number;
  readonly advance?: boolean;
  readonly recompute?: string;
};

/** Whether a stored decision and the one its inputs lead to are the same; prints where they differ. */
async function showRecomputed(
  io: CommandIo,
  rollout: string,
  decision: string,
  options: VerdictOptions,
): Promise<boolean> {
  const answer = await clientFor(options, io).recomputed(rollout, decision);
  const { equal, stored, recomputed } = answer;
  if (options.json === true) printJson(io, answer);
  else if (equal)
    io.stdout.write(
      `equal: ${stored.verdict}, and all numbers of ${stored.checks.length} checks, as of ${stored.as_of}\n`,
    );
  else {
    io.stdout.write(`not equal: stored ${stored.verdict}, recomputed ${recomputed.verdict}\n`);
    for (const [name, said] of [['stored', stored] as const, ['recomputed', recomputed] as const]) {
      io.stdout.write(`${name}:\n`);
      for (const reason of said.reasons) io.stdout.write(`  ${printable(reason)}\n`);
      for (const check of said.checks) io.stdout.write(`  ${printable(JSON.stringify(check))}\n`);
    }
  }
  return equal;
}

/** A daemon or store that is away for a moment does not end the waiting; the fault counts when the time is up. */
async function askUntilDecided(io: CommandIo, rollout: string, options: VerdictOptions): Promise<VerdictAnswer> {
  const client = clientFor(options, io);
  const progress = progressLine(io.stderr);
  const until = Date.now() + (options.wait ?? 0);
  for (;;) {
    const answer = await client.verdict(rollout).catch((error: unknown) => {
      if (error instanceof CommandFault && error.passing && until > Date.now()) return error;
      throw error;
    });
    const leftMs = until - Date.now();
    if (answer instanceof CommandFault)
      progress.show(`${Math.ceil(leftMs / 1000)} s left: ${printable(answer.message)}`);
    else if (answer.verdict !== 'hold' || leftMs <= 0) {
      progress.end();
      return answer;
    } else progress.show(`hold, ${Math.ceil(leftMs / 1000)} s left: ${printable(answer.reasons[0] ?? '')}`);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(PAUSE_MS, leftMs))));
  }
}

function printVerdict(io: CommandIo, answer: VerdictAnswer): void {
  io.stdout.write(`${answer.verdict}\n`);
  for (const reason of answer.reasons) io.stdout.write(`  ${printable(reason)}\n`);
  if (answer.checks.length > 0) {
    printTable(
      io.stdout,
      ['check', 'slice', 'state', 'harm', 'interval', 'margin', 'e-value', 'events', 'still needed'],
      answer.checks.map((check) => [
        check.class === undefined ? check.name : `${check.name} ${check.class}`,
        check.slice,
        check.state,
        short(check.harm),
        check.interval === null ? '-' : `${short(check.interval[0])} .. ${short(check.interval[1])}`,
        check.name.startsWith('latency') ? short(check.margin) : percent(check.margin),
        short(check.e_value),
        short(check.events),
        short(check.events_needed),
      ]),
    );
  }
  io.stdout.write(`as of ${answer.as_of}; evidence: ${printable(answer.evidence_url)}\n`);
}
