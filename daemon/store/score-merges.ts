import type { Engine } from './engine.ts';

/** Merges of the table that scores are stored in, by the embedded engine; a server has machines of its own for them. */
export interface ScoreMerges {
  /** Lets them go on while more parts than a store should have wait for them; asked from time to time while they wait. */
  check(): Promise<void>;
  /** This replay does without it: they go on, unless another one runs. */
  resume(): Promise<void>;
}

/** Merges that nobody makes wait. */
export const LEFT_TO_THEMSELVES: ScoreMerges = {
  check: () => Promise.resolve(),
  resume: () => Promise.resolve(),
};

/** A hundred parts are merged at once, and ten times as many are the point at which the engine slows down who inserts. */
const MOST_PARTS = 100;

/**
 * Makes merges of scores wait while replays run, so that these have the processor: many small merges meanwhile would write each score again
 * and again, one large one afterwards writes it once. Nothing of it outlives the process.
 * @returns what makes them wait for one replay more; they go on when the last one is over
 */
export function scoreMerges({
  embedded,
  shadow,
}: {
  readonly embedded: boolean;
  readonly shadow: Engine;
}): () => Promise<ScoreMerges> {
  let holders = 0;
  let waiting = false;
  const start = async (): Promise<void> => {
    if (!waiting) return;
    await shadow.run('SYSTEM START MERGES {database}.shadow_scores');
    waiting = false;
  };
  return async () => {
    if (!embedded) return LEFT_TO_THEMSELVES;
    if (!waiting) await shadow.run('SYSTEM STOP MERGES {database}.shadow_scores');
    waiting = true;
    holders++;
    let held = true;
    return {
      check: async () => {
        if (!waiting) return;
        const [found] = await shadow.rows<{ parts: number }>(
          `SELECT count() AS parts FROM system.parts WHERE active AND table = 'shadow_scores'`,
        );
        if ((found?.parts ?? 0) > MOST_PARTS) await start();
      },
      resume: async () => {
        if (!held) return;
        if (holders === 1) await start();
        held = false;
        holders--;
      },
    };
  };
}
