import type { ModelSettings } from '../config/config.ts';
import { findInShadow, type FindingOptions } from './live-findings.ts';
import type { RunningShadow } from './live-shadow.ts';
import type { LiveShadowsOptions } from './live-shadows.ts';

/** Looks for what is not in the books of live shadows. */
export interface ShadowLooks {
  /** Begins a look at the one that was looked at longest ago, where it is time for that. */
  consider(shadows: Iterable<RunningShadow>): void;
  /** Gives up the look under way. */
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
  let underWay: Promise<void> | undefined;
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
  const look = async (running: RunningShadow): Promise<void> => {
    const { id, model } = running.shadow;
    lookedAt.set(id, clock.now());
    const began = performance.now();
    const { signal } = stopping;
    try {
      await running.tell(await findInShadow(running, optionsFor(modelSettings(model), signal)));
    } catch (error) {
      if (!signal.aborted)
        log.warn({ err: error, shadow: id }, 'labels and reasons of a live shadow cannot be read now');
    }
    restUntil = performance.now() + REST * (performance.now() - began);
    underWay = undefined;
  };
  return {
    consider: (shadows) => {
      if (underWay !== undefined || performance.now() < restUntil) return;
      const at = ({ shadow }: RunningShadow): number =>
        lookedAt.get(shadow.id) ?? shadow.findings?.comparedAt ?? -Infinity;
      const [next] = [...shadows]
        .filter((one) => one.shadow.scored > 0 && at(one) <= clock.now() - LOOK_MS)
        .sort((a, b) => at(a) - at(b));
      if (next !== undefined) underWay = look(next);
    },
    stop: async () => {
      stopping.abort();
      await underWay;
      stopping = new AbortController();
    },
  };
}
