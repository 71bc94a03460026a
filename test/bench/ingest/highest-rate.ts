import type { RunningDaemon } from '../../support/daemon.ts';
import { kept, runDaemon, type RunPlan } from './daemon-run.ts';

const TRIAL_SECONDS = 8;
const STEP = 1.5;
/** The search ends when the rate is known to one part in eight. */
const CLOSE_ENOUGH = 1.125;

/** The highest rate, in records a second, that a daemon takes without falling behind: up in steps, then by halves. */
export async function highestRate(
  daemon: RunningDaemon,
  plan: Omit<RunPlan, 'recordsPerSecond' | 'seconds'>,
  start: number,
  progress: (line: string) => void,
): Promise<number> {
  let [good, bad] = [0, Infinity];
  let first = plan.first;
  while (good === 0 ? bad > 100 : bad / good > CLOSE_ENOUGH) {
    const rate = Math.round(
      bad === Infinity ? Math.max(start, good * STEP) : good === 0 ? bad / 2 : Math.sqrt(good * bad),
    );
    const run = await runDaemon(daemon, { ...plan, first, recordsPerSecond: rate, seconds: TRIAL_SECONDS });
    first += rate * TRIAL_SECONDS * 2;
    const held = kept(run);
    progress(
      `  ${rate} records/s: ${held ? 'kept' : 'fell behind'} (p99 ${Math.round(run.sent.p99Ms)} ms, stored ${Math.round(run.drainMs)} ms after the last ack)`,
    );
    if (held) good = rate;
    else bad = rate;
  }
  return good;
}
