import type { Logger } from 'pino';
import type { Replay, Waiting, Window } from '../../detectors/terms.ts';
import { atMost } from '../at-most.ts';
import type { Clock } from '../clock.ts';
import type { ModelSettings } from '../config/config.ts';
import { SerinError } from '../errors.ts';
import { LEFT_TO_THEMSELVES, scoreMerges, type ScoreMerges } from '../store/score-merges.ts';
import type { Documents } from '../store/documents.ts';
import type { Store } from '../store/store.ts';
import { presentReplay } from './earlier-replay.ts';
import { Lane } from './lane.ts';
import { newReplay } from './new-replay.ts';
import type { ScoringOptions } from './open-arm.ts';
import { openPatience, patientEngine, type Patience, type PatienceOptions } from './patience.ts';
import { attributeFlips } from './replay-attribution.ts';
import type { StoredReplay } from './replay-plan.ts';
import { runReplay, type RunOptions } from './replay-run.ts';
import type { Versions } from './versions.ts';

export interface ReplayRequest {
  readonly model: string;
  readonly candidate: string;
  /** Version whose recorded predictions are replayed; all versions without it. */
  readonly control?: string;
  readonly window: Window;
  /**
   * Most predictions replayed: a sample by hash of `prediction_id`, the same each time, half of it from those that the
   * control declines.
   */
  readonly limit?: number;
  /** Tags to cut the comparison by; those of the model's settings without it. */
  readonly slices?: readonly string[];
  /** Times the recorded pace; as fast as it goes without it. */
  readonly pace?: number;
}

/**
 * Replays: recorded predictions scored by a candidate, one replay after the other; those at a recorded pace, which takes its time, run beside
 * them. What the store fails at is tried again until it succeeds; others go on meanwhile.
 */
export interface Replays {
  /**
   * Queues a replay; resolves at once.
   * @throws SerinError `unknown_version`, `unknown_slice` or `invalid_request`
   */
  start(request: ReplayRequest): Promise<Replay>;
  /** @throws SerinError `unknown_id` */
  get(id: string): Promise<Replay>;
  list(model?: string): Promise<Replay[]>;
  /**
   * Ends a replay that is queued or runs; what it has scored stays. Asked again it answers the same.
   * @throws SerinError `unknown_id`; `conflict` when it is done or has failed
   */
  cancel(id: string): Promise<Replay>;
  /** Takes up the replays that a stop of the daemon interrupted. */
  resume(): Promise<void>;
  /** Resolves when nothing is queued or running. */
  idle(): Promise<void>;
  /** Stops after the page in hand; `resume` goes on from there. */
  close(): Promise<void>;
}

export interface ReplaysOptions extends ScoringOptions {
  readonly store: Store;
  readonly versions: Versions;
  modelSettings(model: string): ModelSettings | Promise<ModelSettings>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called once for each replay that is done or has failed. */
  onDone?(replay: Replay): void;
  /** Before the store is tried a second time. */
  readonly firstPauseMs?: number;
}

/** A replay that was asked for here, until nothing of it is left to do. */
interface Active {
  /** As stored last: who asks again and again takes no time of the store from it. */
  newest: StoredReplay;
  waiting: Waiting | null;
  readonly cancel: AbortController;
  readonly place: Lane;
  /** How much of it is under way: its run, and storing that it was cancelled. */
  works: number;
}

/** Who stores that a replay was cancelled has no place in a lane. */
const NO_PLACE = { leave: () => undefined, take: () => Promise.resolve() };
const BEHIND_OTHERS = 'the replays that were asked for before it';
/** A cancellation is answered after this time, whether or not the store has it by then. */
const CANCEL_MS = 1000;

export async function openReplays(options: ReplaysOptions): Promise<Replays> {
  return new OpenedReplays(options);
}

class OpenedReplays implements Replays {
  readonly #options: ReplaysOptions;
  readonly #stored: Documents<StoredReplay>;
  readonly #stop = new AbortController();
  readonly #active = new Map<string, Active>();
  /** Queued or done since the daemon began: what is resumed may have been asked for a moment before. */
  readonly #taken = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #quick = new Lane(1);
  readonly #paced: Lane;
  readonly #pauseMerges: () => Promise<ScoreMerges>;

  constructor(options: ReplaysOptions) {
    this.#options = options;
    this.#stored = options.store.documents<StoredReplay>('replays');
    this.#paced = new Lane(options.settings.most_paced);
    this.#pauseMerges = scoreMerges(options.store);
  }

  async start(request: ReplayRequest): Promise<Replay> {
    const replay = await newReplay(request, this.#options);
    this.#taken.add(replay.id);
    await this.#stored.put(replay);
    return this.#outside(this.#enqueue(replay));
  }

  async get(id: string): Promise<Replay> {
    return this.#outside(await this.#find(id));
  }

  async list(model?: string): Promise<Replay[]> {
    const stored = await this.#stored.list({ model });
    return stored.map((replay) => this.#outside(this.#active.get(replay.id)?.newest ?? replay));
  }

  async cancel(id: string): Promise<Replay> {
    const found = await this.#find(id);
    if (found.state === 'cancelled') return this.#outside(found);
    if (found.state !== 'queued' && found.state !== 'running')
      throw new SerinError('conflict', `replay ${id} is ${found.state}: there is nothing to cancel`, { field: 'id' });
    const cancelled: StoredReplay = { ...found, state: 'cancelled', finishedAt: this.#options.clock.now() };
    const active = this.#active.get(id);
    if (active === undefined) await this.#stored.put(cancelled);
    else {
      active.newest = cancelled;
      active.cancel.abort();
      const patience = this.#patience(active, this.#stop.signal, NO_PLACE);
      await atMost(
        CANCEL_MS,
        this.#follow(active, () => patience(() => this.#stored.put(cancelled))),
      );
    }
    this.#options.log.info({ replay: id, model: found.model }, 'replay cancelled');
    return this.#outside(cancelled);
  }

  async resume(): Promise<void> {
    const open = [
      ...(await this.#stored.list({ state: 'running' })),
      ...(await this.#stored.list({ state: 'queued' })),
    ];
    for (const replay of open.sort((a, b) => a.startedAt - b.startedAt))
      if (!this.#taken.has(replay.id)) this.#enqueue(presentReplay(replay));
    const unexplained = (await this.#stored.list({ state: 'done' })).filter(({ attribution }) => attribution === null);
    // Its why may be on its way.
    for (const replay of unexplained) if (!this.#active.has(replay.id)) this.#enqueue(presentReplay(replay));
  }

  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.idle();
  }

  #enqueue(replay: StoredReplay): StoredReplay {
    this.#taken.add(replay.id);
    const place = replay.pace === null ? this.#quick : this.#paced;
    const behind: Waiting = { reason: BEHIND_OTHERS, since: this.#options.clock.now(), attempts: 0, againAt: null };
    const waiting = place.isFree ? null : behind;
    const active: Active = { newest: replay, waiting, cancel: new AbortController(), place, works: 0 };
    this.#active.set(replay.id, active);
    void this.#follow(active, async () => {
      await active.place.take();
      active.waiting = null;
      try {
        await this.#run(active);
      } finally {
        active.place.leave();
      }
    });
    return replay;
  }

  /** Does something of a replay, which is known here until all of it is done. */
  #follow(active: Active, work: () => Promise<void>): Promise<void> {
    const { id } = active.newest;
    active.works++;
    const done = work()
      .catch((error: unknown) => {
        this.#options.log.error({ err: error, replay: id }, 'the state of a replay could not be stored');
      })
      .finally(() => {
        this.#underWay.delete(done);
        if (--active.works === 0) this.#active.delete(id);
      });
    this.#underWay.add(done);
    return done;
  }

  async #run(active: Active): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, active.cancel.signal]);
    if (signal.aborted) return;
    const patience = this.#patience(active, signal, active.place);
    const save = (replay: StoredReplay): Promise<void> => patience(() => this.#put(active, replay));
    const runOptions = (): Promise<RunOptions> => this.#runOptions(active, { patience, signal, save });
    if (active.newest.state !== 'done') await this.#compare(active, signal, save, runOptions);
    const { state, attribution } = active.newest;
    if (state === 'done' && attribution === null && !signal.aborted) await this.#explain(active, await runOptions());
  }

  async #compare(
    active: Active,
    signal: AbortSignal,
    save: RunOptions['save'],
    runOptions: () => Promise<RunOptions>,
  ): Promise<void> {
    const { log, clock, onDone } = this.#options;
    try {
      await save(await runReplay(active.newest, await runOptions()));
    } catch (error) {
      // It goes on at the next start, or not at all.
      if (signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ err: error, replay: active.newest.id }, 'a replay failed');
      await save({ ...active.newest, state: 'failed', error: reason, finishedAt: clock.now() });
    }
    const { state } = active.newest;
    if (state === 'done' || state === 'failed') onDone?.(this.#outside(active.newest));
  }

  /** What differs is told first, why it differs a little later; a replay without a why is still a replay. */
  async #explain({ newest }: Active, options: RunOptions): Promise<void> {
    try {
      await options.save({ ...newest, ...(await attributeFlips(newest, newest.plan, options)) });
    } catch (error) {
      if (options.signal.aborted) return;
      options.log.warn({ err: error, replay: newest.id }, 'the flips of a replay could not be attributed to features');
      await options.save({ ...newest, attribution: [] });
    }
  }

  async #runOptions(
    { newest, cancel }: Active,
    run: Pick<RunOptions, 'signal' | 'save'> & { readonly patience: Patience },
  ): Promise<RunOptions> {
    const { store, versions, modelSettings } = this.#options;
    const { patience } = run;
    return {
      ...this.#options,
      ...run,
      modelSettings: await modelSettings(newest.model),
      store: { ...store, bulk: patientEngine(store.bulk, patience), shadow: patientEngine(store.shadow, patience) },
      versions: { ...versions, get: (...name) => patience(() => versions.get(...name)) },
      cancelled: cancel.signal,
      pauseMerges: async () => {
        // One that takes its time would keep them waiting for days.
        const merges = newest.pace === null ? await patience(this.#pauseMerges) : LEFT_TO_THEMSELVES;
        return { check: () => patience(merges.check), resume: () => patience(merges.resume) };
      },
    };
  }

  #patience(active: Active, signal: AbortSignal, place: PatienceOptions['place']): Patience {
    const { clock, firstPauseMs, log } = this.#options;
    return openPatience({
      signal,
      clock,
      place,
      ...(firstPauseMs === undefined ? {} : { firstPauseMs }),
      onWait: (waiting) => {
        if (waiting !== null && active.waiting === null)
          log.warn({ replay: active.newest.id, reason: waiting.reason }, 'a replay waits');
        active.waiting = waiting;
      },
    });
  }

  async #put(active: Active, replay: StoredReplay): Promise<void> {
    const { aborted } = active.cancel.signal;
    if (aborted) return;
    // Of several daemons on one store, another one may have been asked to cancel it.
    const other = this.#options.store.embedded ? undefined : await this.#stored.get(replay.id);
    if (other?.state === 'cancelled') {
      active.newest = other;
      active.cancel.abort();
      return;
    }
    await this.#stored.put(replay);
    if (active.newest.state !== 'cancelled') active.newest = replay;
  }

  async #find(id: string): Promise<StoredReplay> {
    const found = this.#active.get(id)?.newest ?? (await this.#stored.get(id));
    if (found === undefined) throw new SerinError('unknown_id', `there is no replay ${id}`, { field: 'id' });
    return found;
  }

  /** A replay as others see it: without what it needs to go on after a restart. */
  #outside(stored: StoredReplay): Replay {
    const waiting = this.#active.get(stored.id)?.waiting ?? null;
    const replay = { ...presentReplay(stored), waiting, plan: undefined, position: undefined, ledger: undefined };
    return replay;
  }
}
