import type { StoredReplay } from './replay-plan.ts';

const NOT_KNOWN = {
  examples: { toDecline: [], toApprove: [] },
  latency: null,
  attribution: [],
  explained: null,
  pace: null,
  stratified: false,
  ledger: null,
};

/**
 * A replay as an earlier version may have stored it, in the present form: one that was interrupted begins anew, and of
 * one that is done the comparison is no longer shown.
 */
export function presentReplay(stored: StoredReplay): StoredReplay {
  const { plan, comparison } = stored;
  const samePlan = plan === null || 'sampleHashes' in plan;
  const sameComparison = comparison === null || 'declineRates' in comparison;
  return {
    ...NOT_KNOWN,
    ...stored,
    population: stored.population ?? stored.recorded,
    ...(samePlan ? {} : { plan: null, position: { version: 0, until: null }, replayed: 0 }),
    ...(sameComparison
      ? {}
      : {
          comparison: null,
          bySlice: [],
          noiseFloor: null,
          error: 'compared by an earlier version of Serin: replay again',
        }),
  };
}
