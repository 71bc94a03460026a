import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';

export interface Ticker {
  /** Resolves when the turn in hand is over; no other comes. */
  stop(): Promise<void>;
  /** How long the last turn took. */
  lastSeconds(): number;
}

/** Runs `work` again and again with a pause in between, never twice at once; a failure is logged and the next turn comes. */
export function startTicker(pauseMs: number, work: () => Promise<void>, log: Logger): Ticker {
  const stopping = new AbortController();
  let lastSeconds = 0;
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const began = performance.now();
      try {
        await work();
      } catch (error) {
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
    lastSeconds: () => lastSeconds,
  };
}
