import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { compare } from '../../shadow/compare.ts';
import { inputWidth } from '../../shadow/input-columns.ts';
import { openScorer } from '../../shadow/scorer.ts';
import type { ModelVersion } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { Config, ModelSettings } from '../config.ts';
import { readNoiseFloor, readPairCounts } from '../store/replay-comparison.ts';
import { countScored } from '../store/shadow-scores.ts';
import type { Store } from '../store/store.ts';
import { comparisonQuery, planReplay, type ReplayPlan, type StoredReplay } from './replay-plan.ts';
import { replayPages, type ReplayArm, type WalkOptions } from './replay-pages.ts';
import type { Versions } from './versions.ts';

export interface RunOptions {
  readonly store: Store;
  readonly versions: Versions;
  readonly settings: Config['replays'];
  readonly modelSettings: ModelSettings;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted when the daemon stops: the page in hand is finished, the rest is for later. */
  readonly signal: AbortSignal;
  /** Stores the replay as it is now. */
  save(replay: StoredReplay): Promise<void>;
}

/** Rounds in which predictions that were loaded late, or lost to a kill between two partitions, are taken in. */
const MOST_SWEEPS = 10;

/**
 * Runs a replay from where it stands to its comparison.
 * @returns the replay as done, or as it stands when the daemon stops
 * @throws Error, ModelFileError or ScoringError with the reason why it cannot be done
 */
export async function runReplay(queued: StoredReplay, options: RunOptions): Promise<StoredReplay> {
  const candidate = await options.versions.get(queued.model, queued.candidate);
  if (candidate === undefined) throw new Error(`version ${queued.candidate} of ${queued.model} is not registered`);
  const { plan, replay } = await begin(queued, options);
  const folder = await mkdtemp(join(tmpdir(), 'serin-replay-'));
  const arms: ReplayArm[] = [];
  try {
    const ours = await openArm(candidate, options);
    arms.push(ours);
    const control = await openControl(replay, plan.noiseVersion, options);
    if (control !== null) arms.push(control);
    const walk = { ...options, plan, folder, candidate: ours, control };
    const walked = await replayPages(
      { ...replay, backend: ours.scorer.backend },
      { ...walk, unscored: queued.plan === null ? 'none' : 'first page' },
    );
    if (options.signal.aborted) return walked;
    return await sweepAndCompare(walked, { ...walk, unscored: 'every page' }, candidate.threshold, options);
  } finally {
    await Promise.all(arms.map((arm) => arm.scorer.close()));
    await rm(folder, { recursive: true, force: true });
  }
}

/** The plan of a replay, made at its first start and kept; `replayed` is what is stored of it already. */
async function begin(
  queued: StoredReplay,
  options: RunOptions,
): Promise<{ readonly plan: ReplayPlan; readonly replay: StoredReplay }> {
  const { bulk } = options.store;
  if (queued.plan !== null) {
    const replayed = await countScored(bulk, queued.id, queued.candidate);
    return { plan: queued.plan, replay: { ...queued, replayed } };
  }
  const { plan, recorded } = await planReplay(bulk, options.versions, queued);
  const replay: StoredReplay = { ...queued, state: 'running', plan, recorded };
  await options.save(replay);
  return { plan, replay };
}

async function openArm(version: ModelVersion, { settings }: RunOptions): Promise<ReplayArm> {
  const width = inputWidth(version.inputs);
  const scorer = await openScorer({
    folder: version.path,
    sha256: version.sha256,
    format: version.format,
    width,
    backend: settings.backend,
    timeoutMs: settings.timeout,
  });
  return { scorer, width, version: version.version, inputs: version.inputs };
}

/** The control's artifact; without it the replay goes on, only its noise floor stays unknown. */
async function openControl(
  replay: StoredReplay,
  noiseVersion: string | null,
  options: RunOptions,
): Promise<ReplayArm | null> {
  // A candidate that is replayed against its own record is its own noise floor.
  if (noiseVersion === null || noiseVersion === replay.candidate) return null;
  const version = await options.versions.get(replay.model, noiseVersion);
  if (version === undefined) return null;
  try {
    return await openArm(version, options);
  } catch (error) {
    options.log.warn({ err: error, replay: replay.id, version: noiseVersion }, 'the control cannot be replayed');
    return null;
  }
}

/** Compares, and replays what was found missing, until every recorded prediction is replayed. */
async function sweepAndCompare(
  walked: StoredReplay,
  walk: WalkOptions,
  candidateThreshold: number,
  { store, clock, signal, modelSettings }: RunOptions,
): Promise<StoredReplay> {
  const { plan } = walk;
  const query = comparisonQuery(walked, plan, modelSettings, candidateThreshold, clock.now());
  let replay = walked;
  for (let sweep = 0; sweep < MOST_SWEEPS && !signal.aborted; sweep++) {
    const [all, ...bySlice] = (await readPairCounts(store.bulk, query)).map(compare);
    if (all === undefined) throw new Error('the recorded predictions were deleted while they were replayed');
    if (all.errors['no_recorded_score'] === all.recorded)
      throw new Error(`none of the ${all.recorded} recorded predictions has a score: send score with each prediction`);
    const { recorded, replayed } = all;
    if (replayed === recorded) {
      const { noiseVersion } = plan;
      const noiseFloor = noiseVersion === null ? null : await readNoiseFloor(store.bulk, query, noiseVersion);
      const finishedAt = clock.now();
      return { ...replay, state: 'done', recorded, replayed, noiseFloor, comparison: all, bySlice, finishedAt };
    }
    replay = await replayPages({ ...replay, recorded, replayed, position: { version: 0, after: null } }, walk);
  }
  if (signal.aborted) return replay;
  throw new Error('predictions of the replayed time keep coming in: replay a time that is over');
}
