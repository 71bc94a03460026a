import type { ModelInput } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { findPageEnd, readReplayPage, type Cursor, type ReplayPage } from '../store/replay-rows.ts';
import { writeScores } from '../store/shadow-scores.ts';
import type { Store } from '../store/store.ts';
import type { ReplayPlan, StoredReplay } from './replay-plan.ts';
import { scorePage, timePage, type Arm, type Latencies, type Scores } from './replay-scoring.ts';

/** A registered version, opened. */
export interface ReplayArm extends Arm {
  readonly version: string;
  readonly inputs: readonly ModelInput[];
}

export interface WalkOptions {
  readonly store: Store;
  readonly settings: Config['replays'];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly plan: ReplayPlan;
  /** For blocks on their way into the store. */
  readonly folder: string;
  readonly candidate: ReplayArm;
  readonly control: ReplayArm | null;
  /** Where predictions are left out whose scores are stored already: a page may be, after a restart. */
  readonly unscored: 'none' | 'first page' | 'every page';
  save(replay: StoredReplay): Promise<void>;
}

/** A page is one block of scores in the store: large blocks load fast. */
const PAGE_BATCHES = 64;
/** And a matrix of about this size at most. */
const PAGE_BYTES = 16 * 1024 * 1024;

/**
 * Scores page after page, from where the replay stands to the end or until it is told to stop: the next page is read
 * while one is scored, and the one before is stored. Where a replay stands is stored after its page; what a kill in
 * between left stored is left out by `unscored`.
 * @returns the replay as it stands
 */
export async function replayPages(start: StoredReplay, options: WalkOptions): Promise<StoredReplay> {
  const { plan, signal, clock } = options;
  const { versions } = plan.population;
  const spend = latencyBudget(options.settings.timeout);
  const begun = clock.now();
  let replay = start;
  let unscored = options.unscored !== 'none';
  let storing: Promise<void> = Promise.resolve();
  let reading: Promise<Reading | null> | undefined;
  try {
    for (let at = start.position.version; at < versions.length; at++) {
      let stretch: Stretch = { version: versions[at] ?? '', after: replay.position.after, unscored };
      reading = readPage(options, replay.id, stretch);
      while (!signal.aborted) {
        const read = await reading;
        if (read === null) break;
        unscored = options.unscored === 'every page';
        stretch = { ...stretch, after: read.until, unscored };
        reading = readPage(options, replay.id, stretch);
        reading.catch(ignore);
        const scored = await scoreBoth(options, replay.id, read, spend);
        await storing;
        const position = { version: at, after: read.until };
        replay = advance(replay, read.page.rows, position, clock.now() - begun, start.replayed);
        storing = storePage(options, replay, read.page, scored);
        storing.catch(ignore);
      }
      if (signal.aborted) break;
      replay = { ...replay, position: { version: at + 1, after: null } };
    }
    await storing;
    return replay;
  } finally {
    // Nothing of this walk may still read or store when another begins.
    await Promise.allSettled([storing, reading]);
  }
}

/** Where a page is read: behind `after` among the predictions of one version. */
interface Stretch {
  readonly version: string;
  readonly after: Cursor | null;
  readonly unscored: boolean;
}

interface Reading {
  readonly stretch: Stretch;
  /** The last prediction of the page. */
  readonly until: Cursor;
  readonly page: ReplayPage;
}

function ignore(): void {
  // Awaited elsewhere: without this the process would end when the promise fails before that.
}

interface ScoredBoth extends Scores {
  readonly latencies: Latencies;
  readonly control: (Scores & { readonly page: ReplayPage; readonly version: string }) | null;
}

async function readPage(options: WalkOptions, replay: string, stretch: Stretch): Promise<Reading | null> {
  const { plan, candidate, settings, store } = options;
  const { version, after } = stretch;
  const unscored = stretch.unscored ? { replay, version: candidate.version } : undefined;
  const query = { population: plan.population, version, after, unscored };
  const until = await findPageEnd(store.bulk, query, pageRows(settings.batch, candidate.width));
  if (until === null) return null;
  const encoding = { inputs: candidate.inputs, width: candidate.width, sampleHashAtMost: plan.latencyHashAtMost };
  return { stretch, until, page: await readReplayPage(store.bulk, query, until, encoding) };
}

function pageRows(batch: number, width: number): number {
  return Math.max(batch, Math.min(PAGE_BATCHES * batch, Math.floor(PAGE_BYTES / (width * 4))));
}

/** Scores the page, and the control's sample of the same stretch of time. */
async function scoreBoth(
  options: WalkOptions,
  replay: string,
  { stretch, until, page }: Reading,
  spend: (milliseconds: number) => boolean,
): Promise<ScoredBoth> {
  const { plan, settings, candidate, control } = options;
  const scores = await scorePage(candidate, page, settings.batch);
  if (control === null)
    return { ...scores, latencies: await timePage({ arm: candidate, page }, null, spend), control: null };
  const { version, after } = stretch;
  const unscored = stretch.unscored ? { replay, version: control.version } : undefined;
  const sample = { ...plan.population, hashAtMost: plan.noiseHashAtMost };
  const controlPage = await readReplayPage(
    options.store.bulk,
    { population: sample, version, after, unscored },
    until,
    { inputs: control.inputs, width: control.width, sampleHashAtMost: plan.latencyHashAtMost },
  );
  const controlScores = await scorePage(control, controlPage, settings.batch);
  const latencies = await timePage({ arm: candidate, page }, { arm: control, page: controlPage }, spend);
  return { ...scores, latencies, control: { ...controlScores, page: controlPage, version: control.version } };
}

/** The control's scores first: when the candidate's are stored, the page is. */
async function storePage(
  options: WalkOptions,
  replay: StoredReplay,
  page: ReplayPage,
  { scores, errors, latencies, control }: ScoredBoth,
): Promise<void> {
  const { folder } = options;
  const { writer } = options.store;
  const { id, model, candidate } = replay;
  const common = { replay: id, model };
  if (control !== null) await writeScores(writer, { ...common, ...control, latencies: latencies.control }, folder);
  await writeScores(
    writer,
    { ...common, version: candidate, page, scores, errors, latencies: latencies.candidate },
    folder,
  );
  await options.save(replay);
}

function advance(
  replay: StoredReplay,
  rows: number,
  position: StoredReplay['position'],
  elapsedMs: number,
  before: number,
): StoredReplay {
  const replayed = replay.replayed + rows;
  const rowsPerSecond = elapsedMs > 0 ? Math.round(((replayed - before) * 1000) / elapsedMs) : replay.rowsPerSecond;
  return { ...replay, replayed, position, rowsPerSecond };
}

/** Single rows may take as long in all as one batch: a slow model is timed on fewer of them. */
function latencyBudget(milliseconds: number): (spent: number) => boolean {
  let left = milliseconds;
  return (spent) => {
    left -= spent;
    return left > 0;
  };
}
