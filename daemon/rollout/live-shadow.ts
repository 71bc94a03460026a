import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveShadow } from '../../detectors/terms.ts';
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
import { openArm, type OpenedArm } from './open-arm.ts';
import { Ledger, type LedgerRecord } from './replay-ledger.ts';
import type { TallyRules } from '../../shadow/tally.ts';
import { TimedSample } from './timed-sample.ts';
import type { Versions } from './versions.ts';

/** A live shadow as it is stored: what it has counted, and the segments that it has seen. */
export interface StoredShadow extends Omit<LiveShadow, 'comparison' | 'bySlice' | 'noiseFloor'> {
  readonly slices: readonly string[];
  readonly thresholds: TallyRules['thresholds'];
  readonly seen: readonly number[];
  readonly ledger: LedgerRecord | null;
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
const PAGE_ROWS = 32_768;
/** A prediction with an older timestamp is a backfill: a replay scores it. */
const LIVE_MS = 3_600_000;
/** Shares of what is scored whose ranks are compared, that the control is shown too, and that both are timed on. */
const SAMPLES = [1, 0.05, 0.01] as const;
/** Time for single rows in one turn. */
const TIMING_MS = 50;

/** One candidate beside the traffic. It reads what the store has taken, never the traffic itself. */
export class RunningShadow {
  readonly #options: ShadowOptions;
  readonly #ledger: Ledger;
  readonly #seen: Set<number>;
  #shadow: StoredShadow;
  #arms: { readonly candidate: OpenedArm; readonly control: OpenedArm | null; readonly folder: string } | undefined;

  constructor(shadow: StoredShadow, options: ShadowOptions) {
    this.#shadow = shadow;
    this.#options = options;
    this.#seen = new Set(shadow.seen);
    const rules = { thresholds: shadow.thresholds, weights: { approved: 1, declined: 1 } };
    this.#ledger = new Ledger(rules, shadow.ledger, shadow.control === shadow.candidate);
  }

  get shadow(): StoredShadow {
    return this.#shadow;
  }

  get ledger(): Ledger {
    return this.#ledger;
  }

  /**
   * Scores what has come in since the last turn, oldest first; sheds what is too old.
   * @throws ModelFileError or ScoringError when the candidate cannot score
   */
  async turn(): Promise<void> {
    const { settings, clock, store } = this.#options;
    const arms = (this.#arms ??= await this.#open());
    const { id, model } = this.#shadow;
    const now = clock.now();
    const pending = await this.#pending(now);
    const [late, inTime] = cutAfter(pending, ({ receivedAt }) => receivedAt < now - settings.max_lag);
    let rows = 0;
    const [due, rest] = cutAfter(
      inTime,
      ({ count }) => rows === 0 || rows + count <= MOST_ROWS,
      ({ count }) => (rows += count),
    );
    for (const { segment } of [...late, ...due]) this.#seen.add(segment);
    const file = scoreFile(arms.folder);
    const sample = new TimedSample(SAMPLES.length, arms);
    try {
      for (const group of byVersion(due)) await this.#score(group, arms, file, sample);
      await file.load(store.shadow);
      const latencies = await sample.time(arms, { replay: id, model }, { leftMs: TIMING_MS });
      await putLatencies(store.shadow, latencies);
    } finally {
      await file.discard();
    }
    const shed = late.reduce((sum, { count }) => sum + count, 0) * this.#shadow.share;
    const oldest = rest[0]?.receivedAt;
    this.#shadow = {
      ...this.#shadow,
      state: 'running',
      reason: null,
      backend: arms.candidate.scorer.backend,
      scored: this.#ledger.tally.replayed,
      shed: this.#shadow.shed + Math.round(shed),
      lagMs: oldest === undefined ? 0 : clock.now() - oldest,
      seen: [...this.#seen].filter((segment) => segment >= this.#horizon(now) * 1000),
      ledger: this.#ledger.record(),
    };
    if (late.length + due.length > 0) await this.#options.save(this.#shadow);
  }

  async close(): Promise<void> {
    const arms = this.#arms;
    this.#arms = undefined;
    if (arms === undefined) return;
    await Promise.all([arms.candidate.scorer.close(), arms.control?.scorer.close()]);
    await rm(arms.folder, { recursive: true, force: true });
  }

  /** Segments are looked for this far back: what is older was seen, or is lost to a long stop and counted as shed. */
  #horizon(now: number): number {
    return Math.max(this.#shadow.since, now - LIVE_MS);
  }

  async #pending(now: number): Promise<NewSegment[]> {
    const { model, candidate, control } = this.#shadow;
    const since = this.#horizon(now);
    const madeSince = now - LIVE_MS;
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
    const theirs = other === undefined ? null : await openArm(other, opening, 1).catch(() => null);
    return { candidate: ours, control: theirs, folder: await mkdtemp(join(tmpdir(), 'serin-shadow-')) };
  }

  async #score(
    segments: readonly NewSegment[],
    arms: { readonly candidate: OpenedArm; readonly control: OpenedArm | null },
    file: ReturnType<typeof scoreFile>,
    sample: TimedSample,
  ): Promise<void> {
    const { store, replays, clock } = this.#options;
    const { model, id, share, slices } = this.#shadow;
    const [{ version } = { version: '' }] = segments;
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
      },
    );
    for (const page of pages) {
      const answer = await answerPage(page, arms, { batch: replays.batch, workers: 1 });
      this.#ledger.take(page, answer, answer.control);
      sample.add(page);
      await writeAnswer(file, { replay: id, model }, arms, page, answer);
    }
  }
}

/** The first segments, as long as they are `wanted`, and the others; a segment with several versions is not cut apart. */
function cutAfter(
  pending: readonly NewSegment[],
  wanted: (segment: NewSegment) => boolean,
  took: (segment: NewSegment) => void = () => undefined,
): [NewSegment[], NewSegment[]] {
  let end = 0;
  for (const [at, segment] of pending.entries()) {
    if (segment.segment !== pending[at - 1]?.segment && !wanted(segment)) break;
    took(segment);
    end = at + 1;
  }
  return [pending.slice(0, end), pending.slice(end)];
}

/** Segments in statements of about a page, each of one version. */
function byVersion(due: readonly NewSegment[]): NewSegment[][] {
  const groups: { segments: NewSegment[]; rows: number }[] = [];
  const ordered = [...due].sort((a, b) => a.version.localeCompare(b.version) || a.segment - b.segment);
  for (const segment of ordered) {
    let last = groups.at(-1);
    if (last === undefined || last.segments[0]?.version !== segment.version || last.rows + segment.count > PAGE_ROWS)
      groups.push((last = { segments: [], rows: 0 }));
    last.segments.push(segment);
    last.rows += segment.count;
  }
  return groups.map(({ segments }) => segments);
}
