import { openSync, readSync } from 'node:fs';

/**
 * How long this thread has so far been ready to run without a processor, in milliseconds. On Linux its scheduler counts it;
 * elsewhere it is not known, and 0.
 *
 * A shadow yields to what answers traffic (it has a lower priority), so what it waits is no property of the model it runs.
 * @see https://docs.kernel.org/scheduler/sched-stats.html, `/proc/<pid>/schedstat`
 */
export function processorWait(): () => number {
  let file: number;
  try {
    file = openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return () => 0;
  }
  const text = Buffer.alloc(64);
  return () => {
    // Nanoseconds on a processor, nanoseconds waiting for one, and how many times it got one.
    const [, waited] = text.toString('latin1', 0, readSync(file, text, 0, text.length, 0)).split(' ');
    return Number(waited) / 1e6;
  };
}
