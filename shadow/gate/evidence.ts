import type { GuardrailName, Slice } from '../../detectors/terms.ts';

/**
 * Harm shown by single events, and how many events showed it: `[[-1, 12], [0, 9970], [1, 18]]`. The order says nothing. Each
 * of them weighs 1 where nothing else is said.
 */
export type Outcomes = readonly (readonly [harm: number, count: number, weight?: number])[];

/** Milliseconds by bin code (latency-bins.ts), ascending, and how many fell into each bin. */
export type Latencies = readonly (readonly [code: number, count: number])[];

/** Guardrails that are a mean of bounded harms; the others are latency quantiles. */
export type MeanGuardrail = Exclude<GuardrailName, 'latency_p50' | 'latency_p95' | 'latency_p99'>;

/** What one source knows of one slice: counts, never rows. */
export interface SliceEvidence {
  readonly slice: Slice;
  /** Pairs of a control and a candidate answer. */
  readonly events: number;
  readonly outcomes: Readonly<Record<MeanGuardrail, Outcomes>>;
  readonly latency: { readonly control: Latencies; readonly candidate: Latencies };
}

/** Where evidence comes from: replays of recorded predictions, or a canary that answers live. */
export type Source = 'shadow' | 'live';

export type Evidence = Readonly<Record<Source, readonly SliceEvidence[]>>;

/** What is known of a slice that has shown nothing yet. */
export function noEvidence(slice: Slice): SliceEvidence {
  return {
    slice,
    events: 0,
    outcomes: {
      errors: [],
      decision_rate: [],
      decline_rate: [],
      flips: [],
      score_shift: [],
      missed_fraud: [],
      false_declines: [],
      loss: [],
      data_quality: [],
    },
    latency: { control: [], candidate: [] },
  };
}

/** Events of an outcome or of latencies. */
export function countOf(counted: Outcomes | Latencies): number {
  let sum = 0;
  for (const [, count] of counted) sum += count;
  return sum;
}
