import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveShadow } from '../../detectors/terms.ts';
import { ScoringError } from '../../shadow/scoring-error.ts';
import type { ScoringThreads } from '../../shadow/scoring-threads.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { findNewSegments, type NewSegment } from '../store/new-segments.ts';
import { hashOfShare, type Population } from '../store/replay-population.ts';
import { readReplayPage } from '../store/replay-rows.ts';
import { putLatencies } from '../store/shadow-latencies.ts';
import { scoreFile } from '../store/shadow-scores.ts';
import type { Store } from '../store/store.ts';
import { answerPage, writeAnswer } from './answer-page.ts';
import { openBooks, type BookRules, type Books, type BooksRecord } from './books.ts';
import type { ComparedClasses } from './class-ledger.ts';
import { openArm, type OpenedArm } from './open-arm.ts';
import { byVersion, cutAfter } from './due-segments.ts';
import type { LiveFindings } from './live-findings.ts';
import { TimedSample } from './timed-sample.ts';
import { triedRows } from './tried-rows.ts';
import type { Versions } from './versions.ts';

/** A live shadow as it is stored: what it has counted, and the segments that it has seen. */
export interface StoredShadow extends Omit<
  LiveShadow,
  'comparison' | 'bySlice' | 'classes' | 'noiseFloor' | Exclude<keyof LiveFindings, 'labelled'>
> {
  readonly slices: readonly string[];
  readonly thresholds: BookRules['thresholds'];
  /** Classes that are compared; null, or nothing, for models with one score. */
  readonly classes?: ComparedClasses | null;
  readonly seen: readonly number[];
  /** When it looked for new segments last; shadows of before do not say. */
  readonly lookedAt?: number;
  readonly ledger: BooksRecord | null;
  /** Versions whose predictions it has scored; shadows of before do not say. */
  readonly versions?: readonly string[];
  readonly findings?: LiveFindings;
}

export interface ShadowOptions {
  readonly store: Store;
  readonly versions: Versions;
  readonly replays: Config['replays'];
  readonly threads: ScoringThreads;
  readonly settings: Config['shadows'];
  readonly clock: Clock;
  save(shadow: StoredShadow): Promise<void>;
}

/** Predictions scored in one turn: more wait for the next one, so that nothing holds the store for long. */
const MOST_ROWS = 131_072;
/** A prediction with an older timestamp is a backfill: a replay scores it. */
export const LIVE_MS = 3_600_000;
/** Shares of what is scored whose ranks are compared, that the control is shown too, and that both are timed on. */
const SAMPLES = [1, 0.05, 0.01] as const;
/** Time for single rows in one turn. */
const TIMING_MS = 50;

interface OpenedArms {
  readonly candidate: OpenedArm;
  readonly control: OpenedArm | null;
  readonly folder: string;
}

interface Outcome {
  readonly untried: number;
  readonly gaveUp: ScoringError | null;
}

/** One candidate beside the traffic. It reads what the store has taken, never the traffic itself. */
export class RunningShadow {
  readonly #options: ShadowOptions;
  readonly #ledger: Books;
  readonly #seen: Set<number>;
  #shadow: StoredShadow;
  #arms: OpenedArms | undefined;
  #closed = false;
  /** When the oldest prediction came in that is still to be scored. */
  #oldestAt: number | undefined;
  #lookedAt: number | undefined;

  constructor(shadow: StoredShadow, options: ShadowOptions) {
    this.#shadow = shadow;
    this.#options = options;
    this.#seen = new Set(shadow.seen);
    this.#lookedAt = shadow.lookedAt;
    this.#ledger = booksOf(shadow);
  }

  get shadow(): StoredShadow {
    const lagMs = this.#oldestAt === undefined ? 0 : Math.max(0, this.#options.clock.now() - this.#oldestAt);
    return { ...this.#shadow, lagMs };
  }

  get ledger(): Books {
    return this.#ledger;
  }

  /** Stores what was found in what it has scored. */
  async tell(findings: LiveFindings): Promise<void> {
    if (this.#closed) return;
    this.#shadow = { ...this.#shadow, findings };
    await this.#options.save(this.shadow);
  }

  /**
   * Scores what has come in since the last turn, oldest first; sheds what is too old, also while the candidate cannot be opened.
   * @throws ModelFileError or ScoringError when the candidate cannot score; what it was shown until then is stored
   */
  async turn(): Promise<void> {
    const { settings, clock } = this.#options;
    const now = clock.now();
    const pending = await this.#pending(now);
    const [late, inTime] = cutAfter(pending, ({ receivedAt }) => receivedAt < now - settings.max_lag);
    this.#oldestAt = inTime[0]?.receivedAt;
    if (late.length > 0) await this.#keep(now, late, countOf(late) * this.#shadow.share);
    const arms = (this.#arms ??= await this.#open());
    if (this.#closed) await this.close();
    this.#refuseClosed();
    let rows = 0;
    const [due, rest] = cutAfter(
      inTime,
      ({ count }) => rows === 0 || rows + count <= MOST_ROWS,
      ({ count }) => (rows += count),
    );
    const { untried, gaveUp } = await this.#scoreAll(due, arms);
    this.#oldestAt = rest[0]?.receivedAt;
    this.#shadow = { ...this.#shadow, state: 'running', reason: null, backend: arms.candidate.scorer.backend };
    if (due.length > 0) await this.#keep(now, due, untried);
    this.#lookedAt = now;
    if (gaveUp !== null) throw gaveUp;
  }

  /** Stores what was counted, with the segments that are done with and how many of their predictions were shed. */
  async #keep(now: number, done: readonly NewSegment[], shed: number): Promise<void> {
    for (const { segment } of done) this.#seen.add(segment);
    this.#lookedAt = now;
    this.#shadow = {
      ...this.#shadow,
      scored: this.#ledger.tally.replayed,
      shed: this.#shadow.shed + Math.round(shed),
      lookedAt: now,
      seen: [...this.#seen].filter((segment) => segment >= this.#horizon(now) * 1000),
      ledger: this.#ledger.record(),
    };
    await this.#options.save(this.shadow);
  }

  /** @returns how many predictions were not shown to a candidate that was given up, and why it was */
  async #scoreAll(due: readonly NewSegment[], arms: OpenedArms): Promise<Outcome> {
    const { store } = this.#options;
    const { id, model, share } = this.#shadow;
    const file = scoreFile(arms.folder);
    const sample = new TimedSample(SAMPLES.length, arms, false);
    let outcome: Outcome = { untried: 0, gaveUp: null };
    try {
      for (const group of byVersion(due))
        if (outcome.gaveUp === null) outcome = await this.#score(group, arms, file, sample);
        else outcome = { ...outcome, untried: outcome.untried + countOf(group) * share };
      await file.load(store.shadow);
      if (outcome.gaveUp === null)
        await putLatencies(store.shadow, await sample.time({ replay: id, model }, { leftMs: TIMING_MS }));
    } catch (error) {
      // One prediction too many cost it a thread while it was timed: what was scored counts all the same.
      if (!(error instanceof ScoringError)) throw error;
      outcome = { ...outcome, gaveUp: error };
    } finally {
      await file.discard();
    }
    return outcome;
  }

  #refuseClosed(): void {
    if (this.#closed) throw new Error('the shadow was let go');
  }

  /** Lets go of the models; a turn in hand ends with an error. */
  async close(): Promise<void> {
    this.#closed = true;
    const arms = this.#arms;
    this.#arms = undefined;
    if (arms === undefined) return;
    await Promise.all([arms.candidate.scorer.close(), arms.control?.scorer.close()]);
    await rm(arms.folder, { recursive: true, force: true });
  }

  /** Segments are looked for this far back from the last look: what is older was seen. */
  #horizon(lookedAt: number): number {
    return Math.max(this.#shadow.since, lookedAt - LIVE_MS);
  }

  async #pending(now: number): Promise<NewSegment[]> {
    const { model, candidate, control } = this.#shadow;
    // After a long stop what came in meanwhile is found too, and shed.
    const lookedAt = Math.min(now, this.#lookedAt ?? now);
    const since = this.#horizon(lookedAt);
    const madeSince = lookedAt - LIVE_MS;
    const found = await findNewSegments(this.#options.store.shadow, { model, candidate, control, since, madeSince });
    return found.filter(({ segment }) => !this.#seen.has(segment));
  }

  async #open() {
    const { versions, replays, threads } = this.#options;
    const opening = { settings: replays, threads };
    const { model, candidate, control } = this.#shadow;
    const registered = await versions.get(model, candidate);
    if (registered === undefined) throw new Error(`version ${candidate} of ${model} is not registered`);
    const other = control === null || control === candidate ? undefined : await versions.get(model, control);
    const ours = await openArm(registered, opening, 1);
    // Without the control's artifact there is no noise floor, and that is all.
    const isAlike = (other?.classes === undefined) === (registered.classes === undefined);
    const theirs = other === undefined || !isAlike ? null : await openArm(other, opening, 1).catch(() => null);
    return { candidate: ours, control: theirs, folder: await mkdtemp(join(tmpdir(), 'serin-shadow-')) };
  }

  async #score(
    segments: readonly NewSegment[],
    arms: OpenedArms,
    file: ReturnType<typeof scoreFile>,
    sample: TimedSample,
  ): Promise<Outcome> {
    const { store, replays, clock } = this.#options;
    const { model, id, share, slices, versions = [] } = this.#shadow;
    const [{ version } = { version: '' }] = segments;
    if (!versions.includes(version)) this.#shadow = { ...this.#shadow, versions: [...versions, version] };
    const window = { from: clock.now() - LIVE_MS, to: clock.now() + LIVE_MS * 24 };
    const population: Population = {
      model,
      versions: [version],
      window,
      receivedBy: window.to,
      hashAtMost: hashOfShare(share),
    };
    const samples = SAMPLES.map((part) => hashOfShare(part * share));
    const pages = await readReplayPage(
      store.shadow,
      { population, version, span: { ...window, part: 0, parts: 1 }, segments: segments.map(({ segment }) => segment) },
      {
        inputs: arms.candidate.inputs,
        controlInputs: arms.control?.inputs ?? null,
        slices,
        sampleHashes: samples,
        classes: this.#shadow.classes?.names.slice(0, -1) ?? null,
      },
    );
    let [untried, gaveUp]: [number, ScoringError | null] = [0, null];
    for (const page of pages) {
      const onGiveUp = (error: ScoringError): void => void (gaveUp = error);
      const answer = await answerPage(page, arms, { batch: replays.batch, workers: 1, onGiveUp });
      // A model whose threads were ended with the shadow has failed at nothing.
      this.#refuseClosed();
      const shown = gaveUp === null ? { page, answer } : triedRows(page, answer);
      untried += page.rows - shown.page.rows;
      this.#ledger.take(shown.page, shown.answer, shown.answer.control);
      if (gaveUp === null) sample.add(page);
      await writeAnswer(file, { replay: id, model }, arms, shown.page, shown.answer);
    }
    return { untried, gaveUp };
  }
}

/** The books of a live shadow as they are stored: each prediction stands for itself. */
export function booksOf({ thresholds, classes = null, ledger, control, candidate }: StoredShadow): Books {
  return openBooks({ thresholds, classes, weights: { approved: 1, declined: 1 } }, ledger, control === candidate);
}

function countOf(segments: readonly NewSegment[]): number {
  return segments.reduce((sum, { count }) => sum + count, 0);
}
