import { setImmediate as nextTurn } from 'node:timers/promises';
import { compare } from '../../shadow/compare.ts';
import type { Comparison } from '../../detectors/terms.ts';
import { compareLatencies, judgeLabels, withLinks } from './comparison-parts.ts';
import type { Ledger } from './replay-ledger.ts';
import type { ReplayPlan, StoredReplay } from './replay-plan.ts';
import type { RunOptions } from './replay-run.ts';

/** Slices of one comparison: the largest ones. */
const MOST_SLICES = 200;

/**
 * Makes the comparison out of the books of a replay, the labels known by now, and the few predictions that it shows.
 * @param timing resolves when the latencies are stored
 * @throws Error when there is nothing to compare
 */
export async function concludeReplay(
  replay: StoredReplay,
  ledger: Ledger,
  options: RunOptions,
  timing: Promise<void>,
): Promise<StoredReplay> {
  const { plan } = replay;
  if (plan === null) throw new Error(`replay ${replay.id} has no plan`);
  const [all, ...bySlice] = await compareSlices(replay, plan, ledger, options);
  if (all === undefined || all.errors['no_recorded_score'] === replay.recorded)
    throw new Error(`none of the ${replay.recorded} recorded predictions has a score: send score with each prediction`);
  const examples = await withLinks(replay, ledger.flips, options);
  await timing;
  return {
    ...replay,
    state: 'done',
    noiseFloor: ledger.noiseFloor(),
    comparison: all,
    bySlice,
    examples,
    latency: await compareLatencies(replay, plan, options),
    finishedAt: options.clock.now(),
  };
}

async function compareSlices(
  replay: StoredReplay,
  plan: ReplayPlan,
  ledger: Ledger,
  options: RunOptions,
): Promise<Comparison[]> {
  const labelled = await judgeLabels(replay, plan, options);
  const compared: Comparison[] = [];
  for (const counts of ledger.tally.counts(MOST_SLICES)) {
    const whole = counts.slice === 'all' ? { ...counts, recorded: replay.recorded } : counts;
    const rank = await ledger.rankCorrelationInTurns(counts);
    await nextTurn();
    compared.push(compare(whole, rank, labelled(counts.slice)));
    await nextTurn();
  }
  return compared;
}
