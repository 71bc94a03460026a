import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { planPages, type PageSpan } from '../store/replay-pages.ts';
import { PageMemory } from '../store/page-memory.ts';
import { readReplayPage, type ReplayPage } from '../store/replay-rows.ts';
import { scoreFile, type ScoreFile } from '../store/shadow-scores.ts';
import type { Store } from '../store/store.ts';
import { answerPage, writeAnswer, type Answer } from './answer-page.ts';
import type { OpenedArm } from './open-arm.ts';
import type { Ledger } from './replay-ledger.ts';
import { PageSpans } from './page-spans.ts';
import type { ReplayPlan, StoredReplay } from './replay-plan.ts';
import type { TimedSample } from './timed-sample.ts';

export interface WalkOptions {
  readonly store: Store;
  readonly settings: Config['replays'];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly plan: ReplayPlan;
  readonly ledger: Ledger;
  /** Gathers the predictions that are timed in the end; null where that was done before. */
  readonly sample: TimedSample | null;
  /** For blocks on their way into the store. */
  readonly folder: string;
  readonly candidate: OpenedArm;
  readonly control: OpenedArm | null;
  /** Leaves out predictions whose scores are stored already. */
  readonly onlyUnscored: boolean;
  /** Called when all is scored, before the last scores are stored; not when it was told to stop. */
  onScored?(): void;
  save(replay: StoredReplay): Promise<void>;
}

/** A page is a statement to read: large ones cost less a row, and small ones let a slow model show that it lives. */
const PAGE_BATCHES = 64;
const FIRST_PAGE_BATCHES = 8;
const PAGE_BYTES = 8 * 1024 * 1024;
const QUICK_PAGE_MS = 400;
/** So that workers have the next page while the last rows of one are scored. */
const PAGES_UNDER_WAY = 3;
/** So that the engine has the next page to read while one is taken apart. */
const READS_UNDER_WAY = 2;
/** Scores are stored in blocks of about this size, or after this time; where the replay stands is stored after them. */
const BLOCK_ROWS = 1_048_576;
const BLOCK_MS = 5_000;
/** A replay that keeps a pace waits at most this long at a time. */
const PACE_MS = 500;

/**
 * Scores page after page, from where the replay stands to the end or until it is told to stop. Three pages are scored while
 * the next two are read and the scores of those before are stored; nothing else is held in memory.
 * @returns the replay as it stands
 */
export async function replayPages(start: StoredReplay, options: WalkOptions): Promise<StoredReplay> {
  const walk = new Walk(start, options);
  try {
    for (const [at, version] of options.plan.population.versions.entries())
      if (at >= start.position.version && !options.signal.aborted) await walk.version(at, version);
    if (!options.signal.aborted) options.onScored?.();
    await walk.store();
    return walk.replay;
  } finally {
    await walk.end();
  }
}

/** A stretch that was read, and the memory that its pages lie in. */
interface Read {
  readonly span: PageSpan;
  readonly pages: readonly ReplayPage[];
  readonly memory: PageMemory;
}

interface Scored extends Read {
  readonly answers: readonly Answer[];
  readonly tookMs: number;
}

/** One pass over the pages of a replay. */
class Walk {
  readonly #options: WalkOptions;
  readonly #startedAt: number;
  readonly #before: number;
  #replay: StoredReplay;
  #file: ScoreFile;
  #fileSince: number;
  #storing: Promise<void> = Promise.resolve();
  /** What was begun and may still run when the walk ends early. */
  readonly #begun = new Set<Promise<unknown>>();
  #pageRows: number;
  /** Memory of pages that are stored. */
  readonly #free: PageMemory[] = [];
  #whole = true;
  #paceFrom: { readonly wall: number; readonly origin: number } | undefined;

  constructor(start: StoredReplay, options: WalkOptions) {
    this.#options = options;
    this.#replay = start;
    this.#before = start.replayed;
    this.#startedAt = options.clock.now();
    this.#file = scoreFile(options.folder);
    this.#fileSince = this.#startedAt;
    this.#pageRows = FIRST_PAGE_BATCHES * options.settings.batch;
  }

  get replay(): StoredReplay {
    return this.#replay;
  }

  /** Walks over the predictions of one version. */
  async version(at: number, version: string): Promise<void> {
    const { plan, signal, store, settings } = this.#options;
    const from =
      (at === this.#replay.position.version ? this.#replay.position.until : null) ?? plan.population.window.from;
    const longestMs = this.#replay.pace === null ? Infinity : Math.max(1, Math.floor(this.#replay.pace * PACE_MS));
    const spans = await planPages(store.bulk, plan.population, version, from, {
      rows: FIRST_PAGE_BATCHES * settings.batch,
      longestMs,
    });
    const queue = new PageSpans(spans);
    const readNext = () => this.#begin(this.#read(version, queue.take(this.#pageRows, longestMs)));
    const reading = Array.from({ length: READS_UNDER_WAY }, readNext);
    const scoring: Promise<Scored>[] = [];
    for (;;) {
      const read = (signal.aborted ? null : await reading.shift()) ?? null;
      if (read !== null) {
        reading.push(readNext());
        scoring.push(this.#begin(this.#score(read)));
      }
      if (scoring.length === 0) break;
      if (scoring.length === PAGES_UNDER_WAY || read === null) await this.#take(at, await scoring.shift()!);
    }
    if (!signal.aborted) this.#replay = { ...this.#replay, position: { version: at + 1, until: null } };
  }

  /** Stores what has gathered, and where the replay stands. */
  async store(): Promise<void> {
    await this.#storing;
    if (this.#whole) await this.#flush();
  }

  /** Nothing of this walk may still run when another begins. */
  async end(): Promise<void> {
    await Promise.allSettled([this.#storing, ...this.#begun]);
    await this.#file.discard();
  }

  async #read(version: string, span: PageSpan | null): Promise<Read | null> {
    if (span === null) return null;
    const { plan, candidate, control, store, onlyUnscored, signal } = this.#options;
    await this.#keepPace(span);
    if (signal.aborted) return null;
    const unscored = onlyUnscored ? { replay: this.#replay.id, version: candidate.version } : undefined;
    const memory = this.#free.pop() ?? new PageMemory();
    const pages = await readReplayPage(
      store.bulk,
      { population: plan.population, version, span, unscored, threads: this.#options.settings.workers },
      {
        inputs: candidate.inputs,
        controlInputs: control?.inputs ?? null,
        slices: this.#replay.slices,
        sampleHashes: plan.sampleHashes,
      },
      memory.take,
    );
    return { span, pages, memory };
  }

  /** Waits until what the page holds would have happened, at so many times the recorded pace. */
  async #keepPace({ to }: PageSpan): Promise<void> {
    const { pace, window } = this.#replay;
    if (pace === null) return;
    const { clock, signal } = this.#options;
    const origin = this.#replay.position.until ?? window.from;
    this.#paceFrom ??= { wall: clock.now(), origin };
    const due = this.#paceFrom.wall + (to - this.#paceFrom.origin) / pace;
    await sleep(Math.max(0, due - clock.now()), undefined, { signal }).catch(() => undefined);
  }

  async #score(read: Read): Promise<Scored> {
    const began = performance.now();
    const answers = await Promise.all(
      read.pages.map((page) => answerPage(page, this.#options, this.#options.settings)),
    );
    return { ...read, answers, tookMs: performance.now() - began };
  }

  /** Enters a page into the books and into the file. */
  async #take(version: number, { span, pages, memory, answers, tookMs }: Scored): Promise<void> {
    const { ledger, sample, clock, settings, candidate } = this.#options;
    const { id, model } = this.#replay;
    for (const [at, page] of pages.entries()) {
      const answer = answers[at];
      if (answer === undefined) continue;
      ledger.take(page, answer, answer.control);
      sample?.add(page);
      await writeAnswer(this.#file, { replay: id, model }, this.#options, page, answer);
    }
    memory.free();
    this.#free.push(memory);
    const most = Math.max(
      settings.batch,
      Math.min(PAGE_BATCHES * settings.batch, Math.floor(PAGE_BYTES / (candidate.width * 4))),
    );
    if (tookMs < QUICK_PAGE_MS) this.#pageRows = Math.min(most, this.#pageRows * 2);
    const now = clock.now();
    const replayed = this.#replay.replayed + pages.reduce((sum, { rows }) => sum + rows, 0);
    const elapsed = now - this.#startedAt;
    const rowsPerSecond =
      elapsed > 0 ? Math.round(((replayed - this.#before) * 1000) / elapsed) : this.#replay.rowsPerSecond;
    this.#replay = { ...this.#replay, replayed, rowsPerSecond };
    // Of a moment in several pages, all must be in the books before the replay stands behind it.
    this.#whole = span.part === span.parts - 1;
    if (!this.#whole) return;
    this.#replay = { ...this.#replay, position: { version, until: span.to } };
    if (this.#file.rows < BLOCK_ROWS && now - this.#fileSince < BLOCK_MS) return;
    await this.#storing;
    this.#storing = this.#begin(this.#flush());
  }

  /** The scores first: where the replay stands is stored when they are. */
  async #flush(): Promise<void> {
    const { store, folder, ledger, clock } = this.#options;
    const file = this.#file;
    const replay = { ...this.#replay, ledger: ledger.record() };
    this.#file = scoreFile(folder);
    this.#fileSince = clock.now();
    await file.load(store.shadow);
    await this.#options.save(replay);
    this.#replay = { ...this.#replay, ledger: replay.ledger };
  }

  #begin<T>(work: Promise<T>): Promise<T> {
    this.#begun.add(work);
    const done = (): unknown => this.#begun.delete(work);
    work.then(done, done);
    return work;
  }
}
