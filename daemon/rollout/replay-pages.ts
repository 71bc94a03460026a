import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { planPages, type PageSpan } from '../store/replay-pages.ts';
import { openSpan } from '../store/replay-span.ts';
import type { ScoreMerges } from '../store/score-merges.ts';
import { scoreFile, type ScoreFile } from '../store/shadow-scores.ts';
import type { Store } from '../store/store.ts';
import { answerPage, writeAnswer, type Answer } from './answer-page.ts';
import type { OpenedArm } from './open-arm.ts';
import type { Books } from './books.ts';
import { PageSpans } from './page-spans.ts';
import { PagesAhead, type OpenSpan, type PageAhead } from './pages-ahead.ts';
import { strandsOf, type ReplayPlan, type StoredReplay } from './replay-plan.ts';
import type { TimedSample } from './timed-sample.ts';

export interface WalkOptions {
  readonly store: Store;
  readonly settings: Config['replays'];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly cancelled: AbortSignal;
  readonly plan: ReplayPlan;
  readonly ledger: Books;
  /** Gathers the predictions that are timed in the end; null where that was done before. */
  readonly sample: TimedSample | null;
  /** Of the scores that are stored meanwhile. */
  readonly merges: ScoreMerges;
  /** For blocks on their way into the store. */
  readonly folder: string;
  readonly candidate: OpenedArm;
  readonly control: OpenedArm | null;
  /** Waits until what was recorded would have happened, where the replay has a pace. */
  readonly keepsPace: boolean;
  /** Leaves out predictions whose scores are stored already. */
  readonly onlyUnscored: boolean;
  /** Called when all is scored, before the last scores are stored; not when it was told to stop. */
  onScored?(): void;
  save(replay: StoredReplay): Promise<void>;
}

/** A stretch is a statement to read: large ones cost less a row, and small ones let a slow model show that it lives. */
const SPAN_BATCHES = 160;
const FIRST_SPAN_BATCHES = 8;
const SPAN_BYTES = 32 * 1024 * 1024;
const QUICK_SPAN_MS = 1_500;
/** Of its inputs: a stretch is scored page by page, and between two pages others are served. */
const PAGE_BYTES = 3 * 1024 * 1024;
const PAGE_ROWS = 8_192;
/** So that workers have the next page while the last rows of one are scored. */
const PAGES_UNDER_WAY = 5;
/** Scores are stored in blocks of about this size, or after this time; where the replay stands is stored after them. */
const BLOCK_ROWS = 1_048_576;
const BLOCK_MS = 5_000;
/** A replay that keeps a pace waits at most this long at a time. */
const PACE_MS = 500;

/**
 * Scores page after page, from where the replay stands to the end or until it is told to stop. A few pages are scored while
 * the next one is read and the scores of those before are stored; nothing else is held in memory.
 * @returns the replay as it stands
 * @throws AbortError when it is cancelled
 */
export async function replayPages(start: StoredReplay, options: WalkOptions): Promise<StoredReplay> {
  const walk = new Walk(start, options);
  try {
    for (const [at, versions] of strandsOf(options.plan, start.pace).entries())
      if (at >= start.position.version && !options.signal.aborted) await walk.strand(at, versions);
    if (!options.signal.aborted) options.onScored?.();
    await walk.store();
    return walk.replay;
  } finally {
    await walk.end();
  }
}

interface Scored extends PageAhead {
  readonly answer: Answer | null;
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
  #ahead: PagesAhead | undefined;
  #spanRows: number;
  #spanSince = performance.now();
  #whole = true;
  #paceFrom: { readonly wall: number; readonly origin: number } | undefined;

  constructor(start: StoredReplay, options: WalkOptions) {
    this.#options = options;
    this.#replay = start;
    this.#before = start.replayed;
    this.#startedAt = options.clock.now();
    this.#file = scoreFile(options.folder);
    this.#fileSince = this.#startedAt;
    this.#spanRows = FIRST_SPAN_BATCHES * options.settings.batch;
  }

  get replay(): StoredReplay {
    return this.#replay;
  }

  /** Walks over the predictions of some versions, in the order of time. */
  async strand(at: number, versions: readonly string[]): Promise<void> {
    const { plan, signal, store, settings, keepsPace } = this.#options;
    const from =
      (at === this.#replay.position.version ? this.#replay.position.until : null) ?? plan.population.window.from;
    const pace = keepsPace ? this.#replay.pace : null;
    const longestMs = pace === null ? Infinity : Math.max(1, Math.floor(pace * PACE_MS));
    const spans = await planPages(store.bulk, plan.population, versions, from, {
      rows: FIRST_SPAN_BATCHES * settings.batch,
      longestMs,
    });
    const queue = new PageSpans(spans);
    let span: PageSpan | null = null;
    let next = versions.length;
    const ahead = new PagesAhead(() => {
      if (next === versions.length) [span, next] = [queue.take(this.#spanRows, longestMs), 0];
      const version = versions[next++];
      return version === undefined ? Promise.resolve(null) : this.#open(version, span, next === versions.length);
    });
    this.#ahead = ahead;
    const scoring: Promise<Scored>[] = [];
    for (;;) {
      const read = await ahead.next(signal.aborted);
      if (read !== null) scoring.push(this.#begin(this.#score(read)));
      if (scoring.length === 0) break;
      if (scoring.length === PAGES_UNDER_WAY || read === null) await this.#take(at, ahead, await scoring.shift()!);
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
    await Promise.allSettled([this.#storing, ...this.#begun, this.#ahead?.close()]);
    await this.#file.discard();
  }

  async #open(version: string, span: PageSpan | null, closes: boolean): Promise<OpenSpan | null> {
    if (span === null) return null;
    const { plan, candidate, control, store, settings, onlyUnscored, signal } = this.#options;
    await this.#keepPace(span);
    if (signal.aborted) return null;
    const unscored = onlyUnscored ? { replay: this.#replay.id, version: candidate.version } : undefined;
    const pieceRows = Math.max(1, Math.min(PAGE_ROWS, Math.floor(PAGE_BYTES / (candidate.width * 4))));
    const pages = await openSpan(
      store.bulk,
      { population: plan.population, version, span, unscored, threads: settings.workers, pieceRows },
      {
        inputs: candidate.inputs,
        controlInputs: control?.inputs ?? null,
        slices: this.#replay.slices,
        sampleHashes: plan.sampleHashes,
        classes: plan.classes?.names.slice(0, -1) ?? null,
      },
    );
    return { span, closes, pages };
  }

  /** Waits until what the page holds would have happened, at so many times the recorded pace. */
  async #keepPace({ to }: PageSpan): Promise<void> {
    const { pace, window } = this.#replay;
    const { clock, signal, keepsPace } = this.#options;
    if (pace === null || !keepsPace) return;
    const origin = this.#replay.position.until ?? window.from;
    this.#paceFrom ??= { wall: clock.now(), origin };
    const due = this.#paceFrom.wall + (to - this.#paceFrom.origin) / pace;
    await sleep(Math.max(0, due - clock.now()), undefined, { signal }).catch(() => undefined);
  }

  async #score(read: PageAhead): Promise<Scored> {
    const { page } = read;
    const { settings, cancelled } = this.#options;
    return {
      ...read,
      answer: page === null ? null : await answerPage(page, this.#options, { ...settings, cancelled }),
    };
  }

  /** Enters a page into the books and into the file. */
  async #take(
    strand: number,
    ahead: PagesAhead,
    { span, page, memory, isLast, closes, answer }: Scored,
  ): Promise<void> {
    const { ledger, sample, clock, onlyUnscored } = this.#options;
    const { id, model } = this.#replay;
    if (page !== null && answer !== null) {
      ledger.take(page, answer, answer.control);
      sample?.add(page);
      await writeAnswer(this.#file, { replay: id, model }, this.#options, page, answer);
    }
    ahead.free(memory);
    const now = clock.now();
    const replayed = this.#replay.replayed + (page?.rows ?? 0);
    const elapsed = now - this.#startedAt;
    // What is found missing in the end is looked for more than it is scored.
    const rowsPerSecond =
      elapsed > 0 && !onlyUnscored
        ? Math.round(((replayed - this.#before) * 1000) / elapsed)
        : this.#replay.rowsPerSecond;
    this.#replay = { ...this.#replay, replayed, rowsPerSecond };
    if (isLast) this.#widen();
    // Of a stretch in several pages, or of several versions, and a moment in several stretches, all must be in the books before the replay stands behind it.
    this.#whole = isLast && closes && span.part === span.parts - 1;
    if (!this.#whole) return;
    this.#replay = { ...this.#replay, position: { version: strand, until: span.to } };
    if (this.#file.rows < BLOCK_ROWS && now - this.#fileSince < BLOCK_MS) return;
    await this.#storing;
    this.#storing = this.#begin(this.#flush());
  }

  /** Stretches grow until one takes a while. */
  #widen(): void {
    const { settings, candidate } = this.#options;
    const most = Math.max(
      settings.batch,
      Math.min(SPAN_BATCHES * settings.batch, Math.floor(SPAN_BYTES / (candidate.width * 4))),
    );
    const now = performance.now();
    if (now - this.#spanSince < QUICK_SPAN_MS) this.#spanRows = Math.min(most, this.#spanRows * 2);
    this.#spanSince = now;
  }

  /** The scores first: where the replay stands is stored when they are. */
  async #flush(): Promise<void> {
    const { store, merges, folder, ledger, clock } = this.#options;
    const file = this.#file;
    const replay = { ...this.#replay, ledger: ledger.record() };
    this.#file = scoreFile(folder);
    this.#fileSince = clock.now();
    await file.load(store.shadow);
    await merges.check();
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
