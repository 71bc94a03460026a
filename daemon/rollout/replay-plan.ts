import type { Replay } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config.ts';
import type { Engine } from '../store/engine.ts';
import type { ComparisonQuery } from '../store/replay-comparison.ts';
import { countRecorded, hashOfSample, LARGEST_HASH, type Cursor, type Population } from '../store/replay-rows.ts';
import type { Versions } from './versions.ts';

/** What is fixed when a replay begins, so that it goes on the same after a restart. */
export interface ReplayPlan {
  readonly population: Population;
  /** The version whose artifact is replayed against its own record; null when there is no such artifact. */
  readonly noiseVersion: string | null;
  readonly noiseHashAtMost: string;
  readonly latencyHashAtMost: string;
  readonly rankHashAtMost: string;
}

/** How far a replay has come: the version of the population in hand, and its last stored prediction. */
export interface ReplayPosition {
  readonly version: number;
  readonly after: Cursor | null;
}

/** A replay as it is stored. */
export interface StoredReplay extends Replay {
  readonly plan: ReplayPlan | null;
  readonly position: ReplayPosition;
}

/** Predictions that the control is replayed on: 10,000 tell a noise of 0.1 % of flips to within 0.06 %. */
const NOISE_SAMPLE = 10_000;
/** Predictions scored one at a time by both models: a p95 to within a third of it even where the machine is busy. */
const LATENCY_SAMPLE = 2_000;
/** Predictions whose ranks are compared: their correlation is within 0.006 of that of all. */
const RANK_SAMPLE = 100_000;

/**
 * Fixes which recorded predictions are replayed, and the samples among them.
 * @throws Error when nothing was recorded
 */
export async function planReplay(
  engine: Engine,
  versions: Versions,
  replay: Replay,
): Promise<{ readonly plan: ReplayPlan; readonly recorded: number }> {
  const { model, window, control, limit, startedAt: receivedBy } = replay;
  const found = await countRecorded(engine, { model, window, receivedBy }, control);
  const total = found.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) throw new Error(nothingRecorded(replay));
  const all = { model, versions: found.map(({ version }) => version), window, receivedBy, hashAtMost: LARGEST_HASH };
  const reach = (population: Population, count: number): Promise<string> =>
    count >= total ? Promise.resolve(population.hashAtMost) : hashOfSample(engine, population, count);
  const population = limit === null ? all : { ...all, hashAtMost: await reach(all, limit) };
  const [only] = found.length === 1 ? found : [];
  const noiseVersion = only !== undefined && (await versions.get(model, only.version)) ? only.version : null;
  return {
    recorded: Math.min(total, limit ?? total),
    plan: {
      population,
      noiseVersion,
      noiseHashAtMost: await reach(population, NOISE_SAMPLE),
      latencyHashAtMost: await reach(population, LATENCY_SAMPLE),
      rankHashAtMost: await reach(population, RANK_SAMPLE),
    },
  };
}

/** How the scores of a replay are read. */
export function comparisonQuery(
  replay: Replay,
  plan: ReplayPlan,
  settings: ModelSettings,
  candidateThreshold: number,
  now: number,
): ComparisonQuery {
  return {
    replay: replay.id,
    population: plan.population,
    candidate: replay.candidate,
    controlThreshold: settings.threshold,
    candidateThreshold,
    labels: {
      positiveLabel: settings.positive_label,
      unlabelled: settings.unlabelled,
      maturityMs: settings.label_maturity,
    },
    now,
    tags: replay.slices,
    rankHashAtMost: plan.rankHashAtMost,
  };
}

function nothingRecorded({ model, control, window }: Replay): string {
  const whose = control === null ? model : `version ${control} of ${model}`;
  const [from, to] = [new Date(window.from).toISOString(), new Date(window.to).toISOString()];
  return `no prediction of ${whose} is recorded between ${from} and ${to}: choose a time in which it answered`;
}
