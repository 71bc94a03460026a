import type { Engine } from './engine.ts';

/** Merges of the table that scores are stored in, by the embedded engine; a server has machines of its own for them. */
export interface ScoreMerges {
  /** Lets them go on while more parts than a store should have wait for them; asked from time to time while they wait. */
  check(): Promise<void>;
  /** They go on. */
  resume(): Promise<void>;
}

/** A hundred parts are merged at once, and ten times as many are the point at which the engine slows down who inserts. */
const MOST_PARTS = 100;

/**
 * Makes merges of scores wait, so that a replay has the processor: many small merges meanwhile would write each score again and again, one
 * large one afterwards writes it once. Nothing of it outlives the process.
 */
export async function pauseScoreMerges({
  embedded,
  shadow,
}: {
  readonly embedded: boolean;
  readonly shadow: Engine;
}): Promise<ScoreMerges> {
  let waiting = embedded;
  const resume = async (): Promise<void> => {
    if (!waiting) return;
    await shadow.run('SYSTEM START MERGES {database}.shadow_scores');
    waiting = false;
  };
  if (waiting) await shadow.run('SYSTEM STOP MERGES {database}.shadow_scores');
  return {
    check: async () => {
      if (!waiting) return;
      const [found] = await shadow.rows<{ parts: number }>(
        `SELECT count() AS parts FROM system.parts WHERE active AND table = 'shadow_scores'`,
      );
      if ((found?.parts ?? 0) > MOST_PARTS) await resume();
    },
    resume,
  };
}
