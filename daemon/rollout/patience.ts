import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Waiting } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { Engine } from '../store/engine.ts';
import { failureOf, faultOf } from '../store/store-fault.ts';

export interface PatienceOptions {
  /** Aborted: nothing is tried again, and a pause ends. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Told before each pause what is waited for, and null when all goes on. */
  onWait(waiting: Waiting | null): void;
  /** Left to others for the time of a pause. */
  readonly place: { leave(): void; take(): Promise<void> };
  /** Before the second attempt; each pause is twice as long as the one before, a minute at the most. */
  readonly firstPauseMs?: number;
}

/** Does what the store must do until it has done it; what is done again must do no harm. */
export type Patience = <T>(work: () => Promise<T>) => Promise<T>;

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** A store that is away comes back, however long it takes; a statement that it refuses so often, over four minutes, is wrong. */
const MOST_REFUSALS = 10;

/**
 * Tries again, with growing pauses, what failed because of the store.
 * @returns a function that rejects with the last error when it was told to stop, or the store refused too often
 */
export function openPatience(options: PatienceOptions): Patience {
  const { signal, clock, place, firstPauseMs = FIRST_PAUSE_MS } = options;
  /** Pieces of work that failed and are not done yet, and those of them that pause: several may be under way at once. */
  let [unfinished, pausing] = [0, 0];
  let taken: Promise<void> = Promise.resolve();
  const pause = async (pauseMs: number): Promise<void> => {
    if (pausing++ === 0) {
      await taken;
      place.leave();
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    if (--pausing === 0) taken = place.take();
    await taken;
  };
  const waitAfter = async (error: unknown, attempts: number, since: number): Promise<void> => {
    const pauseMs = Math.min(LONGEST_PAUSE_MS, firstPauseMs * 2 ** (attempts - 1));
    const reason = `the store: ${failureOf(error).reason}`;
    options.onWait({ reason, since, attempts, againAt: clock.now() + pauseMs });
    await pause(pauseMs);
  };
  return async (work) => {
    let [since, refusals]: [number | null, number] = [null, 0];
    try {
      for (let attempts = 1; ; attempts++) {
        try {
          return await work();
        } catch (error) {
          if (faultOf(error) !== 'away') refusals++;
          if (signal.aborted || refusals === MOST_REFUSALS) throw error;
          if (since === null) unfinished++;
          since ??= clock.now();
          await waitAfter(error, attempts, since);
        }
      }
    } finally {
      if (since !== null && --unfinished === 0) options.onWait(null);
    }
  };
}

/** A session whose every statement is tried until it succeeds. */
export function patientEngine(engine: Engine, patience: Patience): Engine {
  return {
    rows: <Row>(...given: Parameters<Engine['rows']>) => patience(() => engine.rows<Row>(...given)),
    bytes: (...given) => patience(() => engine.bytes(...given)),
    save: (sql, format, file, parameters) =>
      patience(async () => {
        // What an attempt left would stand before what the next one writes.
        await rm(file, { force: true });
        await engine.save(sql, format, file, parameters);
      }),
    run: (...given) => patience(() => engine.run(...given)),
    insert: (...given) => patience(() => engine.insert(...given)),
    insertBlocks: (...given) => patience(() => engine.insertBlocks(...given)),
    close: () => engine.close(),
  };
}
