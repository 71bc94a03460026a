import { setImmediate as nextTurn } from 'node:timers/promises';
import { compare } from '../../shadow/compare.ts';
import { judgeLabelled, type LabelledPairs } from '../../shadow/judge-labelled.ts';
import type { Comparison, FlipExample, LatencyComparison } from '../../detectors/terms.ts';
import {
  readLabelledPairs,
  readPredictionLinks,
  readTimedPairs,
  type StoredLabels,
} from '../store/replay-comparison.ts';
import type { Ledger, MetFlip } from './replay-ledger.ts';
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
  { store, modelSettings, clock }: RunOptions,
): Promise<Comparison[]> {
  const labelled = await readLabelledPairs(
    store.bulk,
    { replay: replay.id, version: replay.candidate, population: plan.population, slices: replay.slices },
    {
      positiveLabel: modelSettings.positive_label,
      unlabelled: modelSettings.unlabelled,
      maturityMs: modelSettings.label_maturity,
    },
    clock.now(),
  );
  const pairs = standingFor(labelled, plan);
  const compared: Comparison[] = [];
  for (const counts of ledger.tally.counts(MOST_SLICES)) {
    const whole = counts.slice === 'all' ? { ...counts, recorded: replay.recorded } : counts;
    const rank = await ledger.rankCorrelationInTurns(counts);
    await nextTurn();
    compared.push(compare(whole, rank, judgeLabelled(inSlice(pairs, counts.slice), plan.thresholds)));
    await nextTurn();
  }
  return compared;
}

/** Labelled pairs of a replay, each with what it stands for: a sample may have been replayed, and of that one read. */
type WeighedLabels = Omit<StoredLabels, 'total'> & Pick<LabelledPairs, 'standsFor'>;

function standingFor(labelled: StoredLabels, { thresholds, weights }: ReplayPlan): WeighedLabels {
  const left = labelled.total / Math.max(1, labelled.positive.length);
  if (left === 1 && weights.approved === 1 && weights.declined === 1) return labelled;
  const standsFor = labelled.control.map(
    (score) => left * (score >= thresholds.control ? weights.declined : weights.approved),
  );
  return { ...labelled, standsFor, weights: labelled.weights.map((weight, row) => weight * (standsFor[row] ?? 1)) };
}

function inSlice(pairs: WeighedLabels, slice: string): WeighedLabels {
  if (slice === 'all') return pairs;
  const rows = pairs.slices.flatMap(({ keys, indexes }) => {
    const wanted = keys.indexOf(slice);
    return wanted < 0 ? [] : [...indexes.keys()].filter((row) => indexes[row] === wanted);
  });
  const floats = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row] ?? 0);
  return {
    control: floats(pairs.control),
    candidate: floats(pairs.candidate),
    positive: Uint8Array.from(rows, (row) => pairs.positive[row] ?? 0),
    weights: floats(pairs.weights),
    ...(pairs.standsFor === undefined ? {} : { standsFor: floats(pairs.standsFor) }),
    stakes: floats(pairs.stakes),
    slices: [],
  };
}

async function withLinks(
  { model }: StoredReplay,
  { toDecline, toApprove }: Ledger['flips'],
  { store }: RunOptions,
): Promise<StoredReplay['examples']> {
  const links = await readPredictionLinks(store.bulk, model, [...toDecline, ...toApprove]);
  const linked = (flip: MetFlip): FlipExample => ({
    ...flip,
    ...(links.get(flip.predictionId) ?? { traceId: '', tags: {} }),
  });
  return { toDecline: toDecline.map(linked), toApprove: toApprove.map(linked) };
}

/** Null when there is no artifact of the control, so that only one of them was timed. */
async function compareLatencies(
  { id, candidate }: StoredReplay,
  { noiseVersion }: ReplayPlan,
  { store }: RunOptions,
): Promise<LatencyComparison | null> {
  if (noiseVersion === null || noiseVersion === candidate) return null;
  const pairs = await readTimedPairs(store.bulk, id, { control: noiseVersion, candidate });
  if (pairs.length === 0) return null;
  const quantiles = (values: number[]) => {
    const sorted = values.sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  };
  return {
    count: pairs.length,
    control: quantiles(pairs.map(({ control }) => control)),
    candidate: quantiles(pairs.map((pair) => pair.candidate)),
    ratio: quantiles(pairs.map((pair) => pair.candidate / pair.control)).p50,
  };
}
