import type { Expectation } from './expectations.ts';
import type { Trial } from './judge.ts';
import type { OwnVariations } from './own-variations.ts';

/** One expectation of latencies and another of everything else; undefined where there is neither. */
export function joinExpectations(
  traffic: Expectation | undefined,
  latency: Expectation | undefined,
): Expectation | undefined {
  if (traffic === undefined && latency === undefined) return undefined;
  return {
    reference: traffic?.reference ?? null,
    latencyReference: latency?.reference ?? null,
    summaries: {
      ...(traffic?.summaries ?? { features: [], scores: [], outcomes: [], budgets: [] }),
      operations: latency?.summaries.operations ?? [],
    },
    variations: joinVariations(traffic?.variations ?? null, latency?.variations ?? null),
    accuracyVariations: (now) => traffic?.accuracyVariations(now) ?? null,
    ...(traffic?.readSamples && { readSamples: traffic.readSamples }),
    readAccuracy: async (now) => traffic?.readAccuracy(now),
  };
}

/** Each learns of its own trials alone: what a fixed reference does by itself says nothing of one that moves along. */
function joinVariations(traffic: OwnVariations | null, latency: OwnVariations | null): OwnVariations {
  const isLatency = ({ detector }: Trial): boolean => detector.needs === 'durations';
  return {
    async learn(trials) {
      await traffic?.learn(trials.filter((trial) => !isLatency(trial)));
      await latency?.learn(trials.filter(isLatency));
    },
    of: (trial) => (isLatency(trial) ? latency : traffic)?.of(trial) ?? null,
  };
}
