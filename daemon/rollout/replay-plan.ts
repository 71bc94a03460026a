import type { ModelVersion, Replay } from '../../detectors/terms.ts';
import type { Engine } from '../store/engine.ts';
import {
  countRecorded,
  hashOfSample,
  hashOfShare,
  LARGEST_HASH,
  type Population,
  type RecordedCount,
} from '../store/replay-population.ts';
import { comparedClasses } from '../../shadow/class-columns.ts';
import { readRecordedClasses } from '../store/class-scores.ts';
import type { BooksRecord } from './books.ts';
import type { ComparedClasses } from './class-ledger.ts';
import type { Versions } from './versions.ts';

/** What is fixed when a replay begins, so that it goes on the same after a restart. */
export interface ReplayPlan {
  readonly population: Population;
  readonly thresholds: { readonly control: number; readonly candidate: number };
  /** How many predictions one that the control approves, or declines, stands for. */
  readonly weights: { readonly approved: number; readonly declined: number };
  /** Classes that are compared; null, or nothing, for models with one score. */
  readonly classes?: ComparedClasses | null;
  /** The version whose artifact is replayed against its own record; null when there is no such artifact. */
  readonly noiseVersion: string | null;
  /** Samples, the larger around the smaller: ranks, noise, latency. */
  readonly sampleHashes: readonly [string, string, string];
}

/** How far a replay has come: which of its `strandsOf` is in hand, and up to when the predictions of that are stored. */
export interface ReplayPosition {
  readonly version: number;
  readonly until: number | null;
}

/** Versions whose predictions are replayed together, in the order of time: at a recorded pace all, else one after the other. */
export function strandsOf({ population }: ReplayPlan, pace: number | null): readonly (readonly string[])[] {
  return pace === null ? population.versions.map((version) => [version]) : [population.versions];
}

/** A replay as it is stored. */
export interface StoredReplay extends Replay {
  readonly plan: ReplayPlan | null;
  readonly position: ReplayPosition;
  readonly ledger: BooksRecord | null;
}

/** Predictions whose ranks are compared: their correlation is within 0.006 of that of all. */
export const RANK_SAMPLE = 100_000;
/** Predictions that the control is replayed on: 10,000 tell a noise of 0.1 % of flips to within 0.06 %. */
const NOISE_SAMPLE = 10_000;
/**
 * Predictions scored one at a time by both models: enough for a p95 within its default margin, and for a p99 where latencies scatter little.
 * Where they scatter more, those of the noise floor are timed too.
 */
const LATENCY_SAMPLE = 3_000;

/**
 * Fixes which recorded predictions are replayed, the samples among them, and the classes that are compared.
 * @throws Error when nothing was recorded
 */
export async function planReplay(
  engine: Engine,
  versions: Versions,
  replay: Replay,
  candidate: ModelVersion,
  thresholds: ReplayPlan['thresholds'],
): Promise<{ readonly plan: ReplayPlan; readonly recorded: number; readonly population: number }> {
  const { model, window, control, limit, startedAt: receivedBy } = replay;
  const found = await countRecorded(engine, { model, window, receivedBy }, control, thresholds.control);
  const total = found.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) throw new Error(nothingRecorded(replay));
  const all = { model, versions: found.map(({ version }) => version), window, receivedBy, hashAtMost: LARGEST_HASH };
  const sample = limit === null || limit >= total ? null : limit;
  const { population, weights } =
    sample === null
      ? { population: all, weights: { approved: 1, declined: 1 } }
      : candidate.classes !== undefined
        ? await plainSample(engine, all, total, sample)
        : await stratify(engine, all, found, sample, thresholds.control);
  const [only] = found.length === 1 ? found : [];
  const answered = only === undefined ? undefined : await versions.get(model, only.version);
  const isAlike = answered !== undefined && (answered.classes === undefined) === (candidate.classes === undefined);
  const noiseVersion = isAlike ? answered.version : null;
  const classes = await classesOf(candidate, isAlike ? answered : undefined, () => readRecordedClasses(engine, all));
  const recorded = sample ?? total;
  const reach = (count: number): string => samplePart(population, count / recorded);
  const sampleHashes = [reach(RANK_SAMPLE), reach(NOISE_SAMPLE), reach(LATENCY_SAMPLE)] as const;
  return {
    recorded,
    population: total,
    plan: { population, thresholds, weights, classes, noiseVersion, sampleHashes },
  };
}

/** Classes that a candidate is compared by: its own, the control's and those that were recorded; null for one score a row. */
export async function classesOf(
  candidate: ModelVersion,
  control: ModelVersion | undefined,
  readRecorded: () => Promise<readonly string[]>,
): Promise<ComparedClasses | null> {
  if (candidate.classes === undefined) return null;
  const theirs = control?.classes ?? null;
  return {
    names: comparedClasses(candidate.classes, theirs ?? [], await readRecorded()),
    candidate: candidate.classes,
    control: theirs,
  };
}

/** A sample of the traffic as it is. */
async function plainSample(
  engine: Engine,
  all: Population,
  total: number,
  size: number,
): Promise<Pick<ReplayPlan, 'population' | 'weights'>> {
  const weight = total / size;
  return {
    population: { ...all, hashAtMost: await hashOfSample(engine, all, size) },
    weights: { approved: weight, declined: weight },
  };
}

/**
 * A sample that holds as many predictions that the control declines as others, as far as there are: declines are rare,
 * and half of the flips are among them.
 */
async function stratify(
  engine: Engine,
  all: Population,
  found: readonly RecordedCount[],
  size: number,
  threshold: number,
): Promise<Pick<ReplayPlan, 'population' | 'weights'>> {
  const total = found.reduce((sum, { count }) => sum + count, 0);
  const declined = found.reduce((sum, one) => sum + one.declined, 0);
  const approved = total - declined;
  const ofDeclined = Math.max(size - approved, Math.min(declined, Math.ceil(size / 2)));
  const ofApproved = size - ofDeclined;
  const reach = (count: number, of: 'declined' | 'approved'): Promise<string> =>
    count === 0 ? Promise.resolve('0') : hashOfSample(engine, all, count, of, threshold);
  return {
    population: {
      ...all,
      hashAtMost: await reach(ofApproved, 'approved'),
      declined: { threshold, hashAtMost: await reach(ofDeclined, 'declined') },
    },
    weights: {
      approved: weightOf(approved, ofApproved) ?? weightOf(declined, ofDeclined) ?? 1,
      declined: weightOf(declined, ofDeclined) ?? weightOf(approved, ofApproved) ?? 1,
    },
  };
}

/** Undefined where there are none: then all are of the other kind, a plain sample of the traffic, and weigh alike. */
function weightOf(count: number, sampled: number): number | undefined {
  return count === 0 ? undefined : count / Math.max(1, sampled);
}

/** The hash that about a share of a population lies under. */
function samplePart(population: Population, share: number): string {
  if (share >= 1) return LARGEST_HASH;
  const largest = [population.hashAtMost, population.declined?.hashAtMost ?? '0'].map(BigInt);
  const whole = largest.reduce((most, one) => (one > most ? one : most), 0n);
  return String((whole * BigInt(hashOfShare(share))) / BigInt(LARGEST_HASH));
}

function nothingRecorded({ model, control, window }: Replay): string {
  const whose = control === null ? model : `version ${control} of ${model}`;
  const [from, to] = [new Date(window.from).toISOString(), new Date(window.to).toISOString()];
  return `no prediction of ${whose} is recorded between ${from} and ${to}: choose a time in which it answered`;
}
