import { openScorer, type Scorer, type ScorerOptions } from './scorer.ts';
import type { ScoringThreads } from './scoring-threads.ts';

/**
 * One model in several worker threads: each batch goes to the thread with the fewest waiting. What is timed goes to one
 * thread alone.
 * @throws as `openScorer`
 */
export async function openScorerPool(
  options: ScorerOptions,
  threads: ScoringThreads,
  workers: number,
): Promise<Scorer> {
  const opened = await Promise.allSettled(Array.from({ length: workers }, () => openScorer(options, threads)));
  const scorers = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(scorers.map((scorer) => scorer.close()));
  };
  const refused = opened.find((one) => one.status === 'rejected');
  const [first] = scorers;
  if (refused !== undefined || first === undefined) {
    await close();
    throw refused?.reason ?? new RangeError(`a pool of ${workers} workers scores nothing`);
  }
  const waiting = scorers.map(() => 0);
  return {
    backend: first.backend,
    score: async (matrix, rows) => {
      const least = waiting.indexOf(Math.min(...waiting));
      waiting[least] = (waiting[least] ?? 0) + 1;
      try {
        return await (scorers[least] ?? first).score(matrix, rows);
      } finally {
        waiting[least] = (waiting[least] ?? 1) - 1;
      }
    },
    timed: (matrix, rows) => first.timed(matrix, rows),
    close,
  };
}
