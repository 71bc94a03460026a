import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';

/** How the turns went, since the start. */
export interface Turns {
  readonly done: number;
  readonly failed: number;
  /** How long the last turn took. */
  readonly lastSeconds: number;
  /** Time since a turn ended well, or since the start. */
  readonly sinceSeconds: number;
}

export interface Ticker {
  /** Resolves when the turn in hand is over; no other comes. */
  stop(): Promise<void>;
  turns(): Turns;
}

/** Runs `work` again and again with a pause in between, never twice at once; a failure is logged and the next turn comes. */
export function startTicker(pauseMs: number, work: () => Promise<void>, log: Logger): Ticker {
  const stopping = new AbortController();
  let [done, failed, lastSeconds] = [0, 0, 0];
  let endedWell = performance.now();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const began = performance.now();
      try {
        await work();
        done++;
        endedWell = performance.now();
      } catch (error) {
        failed++;
        log.error({ err: error }, 'a turn of the watch failed; the next one comes');
      }
      lastSeconds = (performance.now() - began) / 1000;
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
    turns: () => ({ done, failed, lastSeconds, sinceSeconds: (performance.now() - endedWell) / 1000 }),
  };
}
