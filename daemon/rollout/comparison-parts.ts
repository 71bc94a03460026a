import { judgeClasses, type LabelledClassPairs } from '../../shadow/judge-classes.ts';
import { judgeLabelled, type LabelledPairs } from '../../shadow/judge-labelled.ts';
import type {
  ClassFlipExample,
  ClassLabelled,
  FlipExample,
  Labelled,
  LatencyComparison,
  Replay,
} from '../../detectors/terms.ts';
import {
  readLabelledPairs,
  readPredictionLinks,
  readTimedPairs,
  type StoredLabels,
} from '../store/replay-comparison.ts';
import { readLabelledClasses, type StoredClassLabels } from '../store/class-comparison.ts';
import type { MetClassFlip } from './class-ledger.ts';
import type { Ledger, MetFlip } from './replay-ledger.ts';
import type { ReplayPlan } from './replay-plan.ts';
import type { RunOptions } from './replay-run.ts';

/** What a candidate has scored, in a replay or as a live shadow: the name that the scores are stored under, and the slices. */
export type ScoredTraffic = Pick<Replay, 'id' | 'model' | 'candidate' | 'slices'>;

/** What is needed to read of it what is not in its books. */
export type ReadingOptions = Pick<RunOptions, 'store' | 'modelSettings' | 'clock'>;

/** Reads the labels known by now. @returns what they say of a slice */
export async function judgeLabels(
  scored: ScoredTraffic,
  plan: ReplayPlan,
  { store, modelSettings, clock }: ReadingOptions,
): Promise<(slice: string) => Labelled> {
  const labelled = await readLabelledPairs(
    store.bulk,
    { replay: scored.id, version: scored.candidate, population: plan.population, slices: scored.slices },
    {
      positiveLabel: modelSettings.positive_label,
      unlabelled: modelSettings.unlabelled,
      maturityMs: modelSettings.label_maturity,
    },
    clock.now(),
  );
  const pairs = standingFor(labelled, plan);
  return (slice) => judgeLabelled(inSlice(pairs, slice), plan.thresholds);
}

/** The same where models tell classes apart. */
export async function judgeClassLabels(
  scored: ScoredTraffic,
  { population, weights }: ReplayPlan,
  names: readonly string[],
  { store }: ReadingOptions,
): Promise<(slice: string) => ClassLabelled> {
  const stored = { replay: scored.id, version: scored.candidate, population, slices: scored.slices };
  const labelled = await readLabelledClasses(store.bulk, stored, names);
  const standsFor = (weights.approved * labelled.total) / Math.max(1, labelled.labels.length);
  return (slice) => {
    const pairs = slice === 'all' ? labelled : classesInSlice(labelled, slice, names.length);
    return judgeClasses(pairs, names, standsFor * pairs.labels.length);
  };
}

function classesInSlice(pairs: StoredClassLabels, slice: string, columns: number): LabelledClassPairs {
  const rows = rowsInSlice(pairs, slice);
  const picked = (matrix: Float64Array): Float64Array =>
    Float64Array.from(rows.flatMap((row) => [...matrix.subarray(row * columns, (row + 1) * columns)]));
  return {
    control: picked(pairs.control),
    candidate: picked(pairs.candidate),
    labels: rows.map((row) => pairs.labels[row] ?? ''),
    weights: Float64Array.from(rows, (row) => pairs.weights[row] ?? 1),
  };
}

function rowsInSlice({ slices }: Pick<StoredLabels, 'slices'>, slice: string): number[] {
  return slices.flatMap(({ keys, indexes }) => {
    const wanted = keys.indexOf(slice);
    return wanted < 0 ? [] : [...indexes.keys()].filter((row) => indexes[row] === wanted);
  });
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
  const rows = rowsInSlice(pairs, slice);
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

/** The dearest flips between classes, with their traces and tags. */
export async function withClassLinks(
  { model }: ScoredTraffic,
  flips: readonly MetClassFlip[],
  { store }: ReadingOptions,
): Promise<ClassFlipExample[]> {
  const links = await readPredictionLinks(store.bulk, model, flips);
  return flips.map((flip) => ({ ...flip, ...(links.get(flip.predictionId) ?? { traceId: '', tags: {} }) }));
}

/** The dearest flips, with their traces and tags. */
export async function withLinks(
  { model }: ScoredTraffic,
  { toDecline, toApprove }: Ledger['flips'],
  { store }: ReadingOptions,
): Promise<Replay['examples']> {
  const links = await readPredictionLinks(store.bulk, model, [...toDecline, ...toApprove]);
  const linked = (flip: MetFlip): FlipExample => ({
    ...flip,
    ...(links.get(flip.predictionId) ?? { traceId: '', tags: {} }),
  });
  return { toDecline: toDecline.map(linked), toApprove: toApprove.map(linked) };
}

/** Null when there is no artifact of the control, so that only one of them was timed. */
export async function compareLatencies(
  { id, candidate }: ScoredTraffic,
  { noiseVersion }: ReplayPlan,
  { store }: ReadingOptions,
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
