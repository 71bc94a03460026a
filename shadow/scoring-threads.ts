import type { WorkerStart } from './score-messages.ts';
import { startScoringThread, type ScoringThread } from './scoring-thread.ts';

/**
 * Scoring threads, kept for a while after their use. A thread holds one model all its life and is only given to who asks for that
 * very model, under the same limits: TensorFlow.js, compiled while it scored, need not be compiled again.
 */
export interface ScoringThreads {
  /** A kept thread of this model, or a new one. @throws as `startScoringThread` */
  take(start: WorkerStart, timeoutMs: number): Promise<ScoringThread>;
  /** Keeps a thread that has nothing to do; another one is ended. */
  giveBack(thread: ScoringThread): Promise<void>;
  /** Ends what is kept; what is given back later is ended too. */
  close(): Promise<void>;
}

/** About the time between two looks at a replay. */
const KEPT_MS = 60_000;
/** Each holds some 80 MB and its model: what was given back first goes. */
const MOST_KEPT = 4;

interface Kept {
  readonly thread: ScoringThread;
  readonly expiry: NodeJS.Timeout;
}

/** @param keptMs how long a thread is kept that nobody asks for; 0 to end it at once */
export function openScoringThreads(keptMs: number = KEPT_MS): ScoringThreads {
  const keys = new WeakMap<ScoringThread, string>();
  const kept: Kept[] = [];
  let most = keptMs > 0 ? MOST_KEPT : 0;

  const leave = (one: Kept): ScoringThread => {
    clearTimeout(one.expiry);
    kept.splice(kept.indexOf(one), 1);
    return one.thread;
  };
  const endOldest = async (left: number): Promise<void> => {
    while (kept.length > left) await leave(kept[0]!).end();
  };
  return {
    take: async (start, timeoutMs) => {
      const key = keyOf(start, timeoutMs);
      for (const one of kept.filter(({ thread }) => keys.get(thread) === key)) {
        const thread = leave(one);
        if (thread.alive) return thread;
      }
      const thread = await startScoringThread(start, timeoutMs);
      keys.set(thread, key);
      return thread;
    },
    giveBack: async (thread) => {
      if (!thread.idle || most === 0) return thread.end();
      const one: Kept = { thread, expiry: setTimeout(() => void leave(one).end(), keptMs) };
      one.expiry.unref();
      kept.push(one);
      await endOldest(most);
    },
    close: async () => {
      most = 0;
      await endOldest(0);
    },
  };
}

function keyOf({ probe, golden, ...start }: WorkerStart, timeoutMs: number): string {
  return JSON.stringify([start, timeoutMs, probe && [...probe], [...golden.rows], golden.scores]);
}
