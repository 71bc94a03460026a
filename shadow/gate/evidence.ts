import type { GuardrailName, Slice } from '../../detectors/terms.ts';

/** Harm shown by single events, and how many events showed it: `[[-1, 12], [0, 9970], [1, 18]]`. The order says nothing. */
export type Outcomes = readonly (readonly [harm: number, count: number])[];

/** Milliseconds by log-linear bin code (detectors/maths/log-bins.ts), ascending, and how many fell into each bin. */
export type Latencies = readonly (readonly [code: number, count: number])[];

/** Guardrails that are a mean of bounded harms; the others are latency quantiles. */
export type MeanGuardrail = Exclude<GuardrailName, 'latency_p95' | 'latency_p99'>;

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
    outcomes: { errors: [], decline_rate: [], flips: [], missed_fraud: [], false_declines: [], loss: [] },
    latency: { control: [], candidate: [] },
  };
}

/** Events of an outcome or of latencies. */
export function countOf(counted: Outcomes | Latencies): number {
  return counted.reduce((sum, [, count]) => sum + count, 0);
}
