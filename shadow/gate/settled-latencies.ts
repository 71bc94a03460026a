import type { Latencies } from './evidence.ts';
import { GUARDRAILS } from './guardrails.ts';
import { latencyCode } from './latency-bins.ts';
import { isFaster, isSlower } from './latency.ts';

/** What the gate asks by default of one source: a false promotion, and about a false rollback. */
const ALPHA_SAFE = 0.025;
const ALPHA_HARMFUL = 0.0025;

/**
 * Whether the default guardrails of latency could be decided on these timings: whether more of them would tell nothing new.
 * The bets of the gate hold at every look, so to go on until this holds makes no decision less sure.
 * @param control milliseconds; NaN where a prediction was not timed
 */
export function areLatenciesSettled(control: Float32Array, candidate: Float32Array): boolean {
  const [theirs, ours] = [binned(control), binned(candidate)];
  return (['latency_p95', 'latency_p99'] as const).every((name) => {
    const { margin, quantile = Number.NaN } = GUARDRAILS[name];
    const question = { control: theirs, candidate: ours, quantile, margin };
    return isFaster(question, margin, ALPHA_SAFE) || isSlower(question, margin, ALPHA_HARMFUL);
  });
}

function binned(milliseconds: Float32Array): Latencies {
  const counts = new Map<number, number>();
  for (const took of milliseconds) {
    if (Number.isNaN(took)) continue;
    const code = latencyCode(took);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a - b);
}
