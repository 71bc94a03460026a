import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ModelVersion } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { ModelSettings } from '../config/config.ts';
import { readPairs } from '../store/replay-comparison.ts';
import { countPopulation, type Population } from '../store/replay-population.ts';
import type { ScoreMerges } from '../store/score-merges.ts';
import { putLatencies } from '../store/shadow-latencies.ts';
import { countScored } from '../store/shadow-scores.ts';
import type { Store } from '../store/store.ts';
import { concludeReplay } from './replay-conclusion.ts';
import { openBooks, type Books } from './books.ts';
import { Ledger } from './replay-ledger.ts';
import { planReplay, strandsOf, type ReplayPlan, type StoredReplay } from './replay-plan.ts';
import { openArm, type OpenedArm, type ScoringOptions } from './open-arm.ts';
import { replayPages, type WalkOptions } from './replay-pages.ts';
import { TimedSample } from './timed-sample.ts';
import type { Versions } from './versions.ts';

export interface RunOptions extends ScoringOptions {
  readonly store: Store;
  readonly versions: Versions;
  readonly modelSettings: ModelSettings;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted when the daemon stops, or the replay is cancelled: the page in hand is finished, the rest is for later. */
  readonly signal: AbortSignal;
  /** Aborted when the replay is cancelled: nothing more is scored. */
  readonly cancelled: AbortSignal;
  /** Makes merges of scores wait until the replay is over. */
  pauseMerges(): Promise<ScoreMerges>;
  /** Stores the replay as it is now. */
  save(replay: StoredReplay): Promise<void>;
}

/** Rounds in which predictions that were loaded late are taken in. */
const MOST_SWEEPS = 10;

/**
 * Runs a replay from where it stands to its comparison.
 * @returns the replay as done, or as it stands when it is told to stop
 * @throws Error, ModelFileError or ScoringError with the reason why it cannot be done
 */
export async function runReplay(queued: StoredReplay, options: RunOptions): Promise<StoredReplay> {
  const candidate = await options.versions.get(queued.model, queued.candidate);
  if (candidate === undefined) throw new Error(`version ${queued.candidate} of ${queued.model} is not registered`);
  const folder = await mkdtemp(join(tmpdir(), 'serin-replay-'));
  const merges = await options.pauseMerges();
  /** Closed in the end, whenever they are open. */
  const openings: Promise<OpenedArm | null>[] = [];
  /** Begins when all is scored, and ends beside the last of storing and comparing. */
  let timing: Promise<void> = Promise.resolve();
  try {
    // Threads start while the store is asked what there is.
    const opening = openArm(candidate, options, options.settings.workers);
    opening.catch(ignore);
    openings.push(opening);
    const { plan, replay } = await begin(queued, candidate, options);
    const openingControl = openControl(replay, plan.noiseVersion, options);
    openingControl.catch(ignore);
    openings.push(openingControl);
    const [ours, control] = [await opening, await openingControl];
    const ledger = await openLedger(replay, plan, options);
    const arms = { candidate: ours, control };
    const sample = new TimedSample(plan.sampleHashes.length, arms, true);
    const walk = { ...options, ...arms, plan, ledger, sample, merges, folder, keepsPace: true, onlyUnscored: false };
    const onScored = (): void => {
      timing = timeBoth(replay, sample, walk);
      timing.catch(ignore);
    };
    const walked = await replayPages({ ...replay, backend: ours.scorer.backend }, { ...walk, onScored });
    if (options.signal.aborted) return walked;
    return await sweepAndConclude(walked, walk, options, timing);
  } finally {
    await timing.catch(ignore);
    await merges
      .resume()
      .catch((error: unknown) => options.log.warn({ err: error }, 'merges of scores could not be resumed'));
    for (const opened of await Promise.allSettled(openings))
      if (opened.status === 'fulfilled') await opened.value?.scorer.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function ignore(): void {
  // Awaited elsewhere: without this the process would end when the promise fails before that.
}

/** The plan of a replay, made at its first start and kept. */
async function begin(
  queued: StoredReplay,
  candidate: ModelVersion,
  options: RunOptions,
): Promise<{ readonly plan: ReplayPlan; readonly replay: StoredReplay }> {
  if (queued.plan !== null) return { plan: queued.plan, replay: queued };
  const { versions, modelSettings, store } = options;
  const registered = queued.control === null ? undefined : await versions.get(queued.model, queued.control);
  const thresholds = { control: registered?.threshold ?? modelSettings.threshold, candidate: candidate.threshold };
  const { plan, recorded, population } = await planReplay(store.bulk, versions, queued, candidate, thresholds);
  const replay: StoredReplay = { ...queued, state: 'running', plan, recorded, population };
  await options.save(replay);
  return { plan, replay };
}

/** The books of a replay; after a restart with what was counted before, and the sample out of the store. */
async function openLedger(replay: StoredReplay, plan: ReplayPlan, { store }: RunOptions): Promise<Books> {
  const ledger = openBooks(plan, replay.ledger, plan.noiseVersion === replay.candidate);
  if (replay.ledger === null || !(ledger instanceof Ledger)) return ledger;
  const { position, candidate, slices, id } = replay;
  const [hashAtMost] = plan.sampleHashes;
  for (const [at, versions] of strandsOf(plan, replay.pace).entries()) {
    const { window } = plan.population;
    const to =
      at < position.version ? window.to : at === position.version ? (position.until ?? window.from) : window.from;
    if (to <= window.from) continue;
    const sampled = narrowed(plan.population, hashAtMost);
    const population = { ...sampled, versions, window: { from: window.from, to } };
    for (const pairs of await readPairs(store.bulk, { replay: id, version: candidate, population, slices }))
      ledger.sample.add(pairs, () => true);
  }
  return ledger;
}

/** The predictions of a population whose hash is no larger than this. */
function narrowed(population: Population, hash: string): Population {
  const least = (other: string): string => (BigInt(other) < BigInt(hash) ? other : hash);
  const { hashAtMost, declined } = population;
  return {
    ...population,
    hashAtMost: least(hashAtMost),
    declined: declined === undefined ? undefined : { ...declined, hashAtMost: least(declined.hashAtMost) },
  };
}

/** The control's artifact; without it the replay goes on, only its noise floor stays unknown. */
async function openControl(
  replay: StoredReplay,
  noiseVersion: string | null,
  options: RunOptions,
): Promise<OpenedArm | null> {
  // A candidate that is replayed against its own record is its own noise floor.
  if (noiseVersion === null || noiseVersion === replay.candidate) return null;
  const version = await options.versions.get(replay.model, noiseVersion);
  if (version === undefined) return null;
  try {
    return await openArm(version, options, 1);
  } catch (error) {
    options.log.warn({ err: error, replay: replay.id, version: noiseVersion }, 'the control cannot be replayed');
    return null;
  }
}

/**
 * Latencies of a sample, measured when the models have nothing else to score; a sample may take as long as one batch, and
 * ends when the daemon stops.
 */
async function timeBoth(
  { id, model }: StoredReplay,
  sample: TimedSample,
  { store, settings, signal }: WalkOptions,
): Promise<void> {
  const budget = { leftMs: settings.timeout };
  signal.addEventListener('abort', () => (budget.leftMs = 0), { once: true });
  await putLatencies(store.shadow, await sample.time({ replay: id, model }, budget));
}

/** Replays what was found missing until every recorded prediction is replayed, then compares. */
async function sweepAndConclude(
  walked: StoredReplay,
  walk: WalkOptions,
  options: RunOptions,
  timing: Promise<void>,
): Promise<StoredReplay> {
  const { store, signal } = options;
  let replay = walked;
  // What is missing has happened long ago.
  let books: WalkOptions = { ...walk, sample: null, keepsPace: false };
  for (let sweep = 0; sweep < MOST_SWEEPS && !signal.aborted; sweep++) {
    const recorded = sweep === 0 ? replay.recorded : await countPopulation(store.bulk, walk.plan.population);
    const replayed = await countScored(store.bulk, replay.id, replay.candidate, recorded);
    const counted = books.ledger.tally.replayed;
    if (recorded === 0) throw new Error('the recorded predictions were deleted while they were replayed');
    if (replayed === recorded && counted === recorded)
      return concludeReplay({ ...replay, recorded, replayed }, books.ledger, options, timing);
    const again = { ...replay, recorded, position: { version: 0, until: null } };
    // Scores that are stored but not in the books, or the other way round: a kill came between. All is counted afresh.
    const afresh = counted !== replayed;
    if (afresh) books = { ...books, ledger: openBooks(walk.plan, null, walk.plan.noiseVersion === replay.candidate) };
    // The models have something else to score again.
    await timing;
    replay = await replayPages({ ...again, replayed: afresh ? 0 : replayed }, { ...books, onlyUnscored: !afresh });
  }
  if (signal.aborted) return replay;
  throw new Error('predictions of the replayed time keep coming in: replay a time that is over');
}
