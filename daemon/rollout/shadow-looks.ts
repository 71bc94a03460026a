import type { ModelSettings } from '../config/config.ts';
import { takeTurns } from '../in-turn.ts';
import { findInShadow, type FindingOptions, type LiveFindings } from './live-findings.ts';
import type { RunningShadow } from './live-shadow.ts';
import type { LiveShadowsOptions } from './live-shadows.ts';

/** Looks for what is not in the books of live shadows. */
export interface ShadowLooks {
  /** Begins a look at the one that was looked at longest ago, where it is time for that. */
  consider(shadows: Iterable<RunningShadow>): void;
  /**
   * Takes a last look at one that has ended, when the one under way is over.
   * @returns what it found; nothing where it could not be read, or was given up
   */
  last(ended: RunningShadow): Promise<LiveFindings | undefined>;
  /** Gives up the look under way, and those that wait for it. */
  stop(): Promise<void>;
}

/** Between two looks at one shadow. */
const LOOK_MS = 60_000;
/** After a look none begins for so many times what it took: all together take a twentieth of a processor. */
const REST = 20;

export function openShadowLooks({
  store,
  versions,
  replays,
  threads,
  clock,
  modelSettings,
  log,
}: LiveShadowsOptions): ShadowLooks {
  const lookedAt = new Map<string, number>();
  const inTurn = takeTurns();
  let pending = 0;
  let newest: Promise<unknown> = Promise.resolve();
  let stopping = new AbortController();
  let restUntil = -Infinity;
  const optionsFor = (settingsOfModel: ModelSettings, cancelled: AbortSignal): FindingOptions => ({
    store,
    versions,
    settings: replays,
    threads,
    clock,
    modelSettings: settingsOfModel,
    cancelled,
  });
  const findIn = async (shadow: RunningShadow): Promise<LiveFindings | undefined> => {
    const { id, model } = shadow.shadow;
    const { signal } = stopping;
    try {
      return await findInShadow(shadow, optionsFor(modelSettings(model), signal));
    } catch (error) {
      if (!signal.aborted)
        log.warn({ err: error, shadow: id }, 'labels and reasons of a live shadow cannot be read now');
      return undefined;
    }
  };
  const begin = <T>(work: () => Promise<T>): Promise<T> => {
    pending++;
    const turn = inTurn(work).finally(() => pending--);
    newest = turn;
    return turn;
  };
  const look = async (running: RunningShadow): Promise<void> => {
    lookedAt.set(running.shadow.id, clock.now());
    const began = performance.now();
    const found = await findIn(running);
    if (found !== undefined) await running.tell(found);
    restUntil = performance.now() + REST * (performance.now() - began);
  };
  return {
    consider: (shadows) => {
      if (pending > 0 || performance.now() < restUntil) return;
      const at = ({ shadow }: RunningShadow): number =>
        lookedAt.get(shadow.id) ?? shadow.findings?.comparedAt ?? -Infinity;
      const [next] = [...shadows]
        .filter((one) => one.shadow.scored > 0 && at(one) <= clock.now() - LOOK_MS)
        .sort((a, b) => at(a) - at(b));
      if (next !== undefined) void begin(() => look(next));
    },
    last: (ended) => {
      const { signal } = stopping;
      return begin(() => (signal.aborted ? Promise.resolve(undefined) : findIn(ended)));
    },
    stop: async () => {
      stopping.abort();
      await newest;
      stopping = new AbortController();
    },
  };
}
