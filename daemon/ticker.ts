import type { Logger } from 'pino';

/** Runs `work` again and again with a pause in between, never twice at once; a failure is logged and the next turn comes. */
export function startTicker(
  pauseMs: number,
  work: () => Promise<void>,
  log: Logger,
): { stop(): Promise<void>; lastSeconds(): number } {
  let stopped = false;
  let wake: () => void = () => undefined;
  let lastSeconds = 0;
  const running = (async () => {
    while (!stopped) {
      const began = performance.now();
      try {
        await work();
      } catch (error) {
        log.error({ err: error }, 'a turn of the watch failed; the next one comes');
      }
      lastSeconds = (performance.now() - began) / 1000;
      if (stopped) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, pauseMs);
      });
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      wake();
      await running;
    },
    lastSeconds: () => lastSeconds,
  };
}
