import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { parseSliceRule } from '../../detectors/slice-rule.ts';
import type { Replay, Window } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { ModelSettings } from '../config/config.ts';
import { SerinError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';
import { readCuttable } from '../store/replay-population.ts';
import type { Store } from '../store/store.ts';
import { presentReplay } from './earlier-replay.ts';
import type { ScoringOptions } from './open-arm.ts';
import { attributeReplay } from './replay-attribution.ts';
import type { StoredReplay } from './replay-plan.ts';
import { runReplay } from './replay-run.ts';
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

/** Replays: recorded predictions scored by a candidate, one replay after the other. */
export interface Replays {
  /**
   * Queues a replay; resolves at once.
   * @throws SerinError `unknown_version`, `unknown_slice` or `invalid_request`
   */
  start(request: ReplayRequest): Promise<Replay>;
  /** @throws SerinError `unknown_id` */
  get(id: string): Promise<Replay>;
  list(model?: string): Promise<Replay[]>;
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
}

export async function openReplays(options: ReplaysOptions): Promise<Replays> {
  const { store, log, clock } = options;
  const stored = store.documents<StoredReplay>('replays');
  const stop = new AbortController();
  let queue: Promise<void> = Promise.resolve();
  /** As stored last, while one is run: who asks again and again takes no time of the store from it. */
  const running = new Map<string, StoredReplay>();
  const put = async (replay: StoredReplay): Promise<void> => {
    await stored.put(replay);
    running.set(replay.id, replay);
  };

  const run = async (replay: StoredReplay): Promise<void> => {
    if (stop.signal.aborted) return;
    let newest = replay;
    const save = async (changed: StoredReplay): Promise<void> => {
      newest = changed;
      await put(changed);
    };
    try {
      const modelSettings = await options.modelSettings(replay.model);
      newest = await runReplay(replay, { ...options, modelSettings, signal: stop.signal, save });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ err: error, replay: replay.id }, 'a replay failed');
      newest = { ...newest, state: 'failed', error: reason, finishedAt: clock.now() };
    }
    await put(newest);
    if (newest.state === 'done' || newest.state === 'failed') options.onDone?.(outside(newest));
    if (newest.state === 'done' && newest.attribution === null) await explain(newest);
  };
  /** What differs is told first, why it differs a little later; a replay without a why is still a replay. */
  const explain = async (replay: StoredReplay): Promise<void> => {
    try {
      const modelSettings = await options.modelSettings(replay.model);
      const explanation = await attributeReplay(replay, {
        ...options,
        modelSettings,
        signal: stop.signal,
        save: put,
      });
      await put({ ...replay, ...explanation });
    } catch (error) {
      log.warn({ err: error, replay: replay.id }, 'the flips of a replay could not be attributed to features');
      await put({ ...replay, attribution: [] });
    }
  };
  /** Queued or done since the daemon began: what is resumed may have been asked for a moment before. */
  const taken = new Set<string>();
  const enqueue = (replay: StoredReplay): void => {
    taken.add(replay.id);
    queue = queue
      .then(() => run(replay))
      .catch((error: unknown) => {
        log.error({ err: error, replay: replay.id }, 'the state of a replay could not be stored');
      })
      .finally(() => running.delete(replay.id));
  };

  return {
    start: async (request) => {
      const replay = await queued(request, options);
      taken.add(replay.id);
      await stored.put(replay);
      enqueue(replay);
      return outside(replay);
    },
    get: async (id) => {
      const found = running.get(id) ?? (await stored.get(id));
      if (found === undefined) throw new SerinError('unknown_id', `there is no replay ${id}`, { field: 'id' });
      return outside(found);
    },
    list: async (model) => (await stored.list({ model })).map(outside),
    resume: async () => {
      const open = [...(await stored.list({ state: 'running' })), ...(await stored.list({ state: 'queued' }))];
      for (const replay of open.sort((a, b) => a.startedAt - b.startedAt))
        if (!taken.has(replay.id)) enqueue(presentReplay(replay));
      const unexplained = (await stored.list({ state: 'done' })).filter(({ attribution }) => attribution === null);
      for (const { id } of unexplained)
        queue = queue
          .then(async () => {
            // Its why may have been on its way when this was asked.
            const newest = await stored.get(id);
            if (newest?.attribution === null) await explain(newest);
          })
          .catch(ignore)
          .finally(() => running.delete(id));
    },
    idle: () => queue,
    close: async () => {
      stop.abort();
      await queue;
    },
  };
}

function ignore(): void {
  // Told where it happened; the next one comes all the same.
}

/** Checks a request and makes the replay that stands for it. */
async function queued(request: ReplayRequest, options: ReplaysOptions): Promise<StoredReplay> {
  const { model, candidate, window, control = null, limit = null, pace = null } = request;
  if (!(window.from < window.to)) throw invalid('to', 'to must be later than from');
  if (limit !== null && !(Number.isSafeInteger(limit) && limit > 0))
    throw invalid('limit', `limit is ${limit}; give 1 or more`);
  if (pace !== null && !(pace > 0)) throw invalid('pace', `pace is ${pace}; give more than 0, 1 for as recorded`);
  if ((await options.versions.get(model, candidate)) === undefined)
    throw new SerinError('unknown_version', `version ${candidate} of ${model} is not registered`, {
      field: 'candidate',
    });
  return {
    id: randomUUID(),
    model,
    candidate,
    control,
    window,
    limit,
    state: 'queued',
    slices: await slicesOf(request, options),
    recorded: 0,
    replayed: 0,
    rowsPerSecond: null,
    backend: null,
    error: null,
    noiseFloor: null,
    comparison: null,
    bySlice: [],
    examples: { toDecline: [], toApprove: [] },
    latency: null,
    attribution: null,
    explained: null,
    pace,
    stratified: limit !== null,
    population: 0,
    startedAt: options.clock.now(),
    finishedAt: null,
    plan: null,
    position: { version: 0, until: null },
    ledger: null,
  };
}

function invalid(field: string, message: string): SerinError {
  return new SerinError('invalid_request', message, { field });
}

/** The rules asked for, each of which cuts by a tag or feature that recorded predictions carry; or those of the settings. */
async function slicesOf({ model, slices, window }: ReplayRequest, options: ReplaysOptions): Promise<readonly string[]> {
  const usual = (await options.modelSettings(model)).slices;
  if (slices === undefined) return usual;
  const asked = [...new Set(slices)];
  if (asked.every((rule) => usual.includes(rule))) return asked;
  const known = await readCuttable(options.store.reader, model, window);
  const unknown = asked.find((text) => !usual.includes(text) && !known.includes(parseSliceRule(text)?.of ?? text));
  if (unknown === undefined) return asked;
  const nearest = nearestName(parseSliceRule(unknown)?.of ?? unknown, known);
  throw new SerinError(
    'unknown_slice',
    `no prediction of ${model} in this time has the tag ${unknown}, or a feature of that name${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
    { field: 'slices' },
  );
}

/** A replay as others see it: without what it needs to go on after a restart. */
function outside(stored: StoredReplay): Replay {
  const replay = { ...presentReplay(stored), plan: undefined, position: undefined, ledger: undefined };
  return replay;
}
