import { setImmediate as nextTurn } from 'node:timers/promises';
import { compareClasses } from '../../shadow/compare-classes.ts';
import { compare } from '../../shadow/compare.ts';
import type { ClassComparison, Comparison } from '../../detectors/terms.ts';
import type { Books } from './books.ts';
import { ClassLedger } from './class-ledger.ts';
import { compareLatencies, judgeClassLabels, judgeLabels, withClassLinks, withLinks } from './comparison-parts.ts';
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
  ledger: Books,
  options: RunOptions,
  timing: Promise<void>,
): Promise<StoredReplay> {
  const { plan } = replay;
  if (plan === null) throw new Error(`replay ${replay.id} has no plan`);
  if (ledger instanceof ClassLedger) return concludeClasses(replay, plan, ledger, options, timing);
  const [all, ...bySlice] = await compareSlices(replay, plan, ledger, options);
  if (all === undefined || all.errors['no_recorded_score'] === replay.recorded)
    throw new Error(
      `none of the ${replay.recorded} recorded predictions has a score: send score with each prediction, or, where they have class scores, register the candidate with its classes`,
    );
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

async function concludeClasses(
  replay: StoredReplay,
  plan: ReplayPlan,
  ledger: ClassLedger,
  options: RunOptions,
  timing: Promise<void>,
): Promise<StoredReplay> {
  const labelled = await judgeClassLabels(replay, plan, ledger.names, options);
  const compared: ClassComparison[] = [];
  for (const counts of ledger.tally.counts(MOST_SLICES)) {
    compared.push(compareClasses(counts, ledger.names, plan.weights.approved, labelled(counts.slice)));
    await nextTurn();
  }
  const [all, ...bySlice] = compared;
  if (all === undefined || all.errors['no_recorded_score'] === replay.recorded)
    throw new Error(
      `none of the ${replay.recorded} recorded predictions has class scores: send scores, class by class, with each prediction`,
    );
  const examples = await withClassLinks(replay, ledger.flips, options);
  await timing;
  return {
    ...replay,
    state: 'done',
    noiseFloor: ledger.noiseFloor(),
    classes: { comparison: { ...all, recorded: replay.recorded }, bySlice, examples },
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
