import type { GuardrailName, Slice } from '../../detectors/terms.ts';

/**
 * Harm shown by single events, and how many events showed it: `[[-1, 12], [0, 9970], [1, 18]]`. The order says nothing. Each
 * of them weighs 1 where nothing else is said.
 */
export type Outcomes = readonly (readonly [harm: number, count: number, weight?: number])[];

/** Milliseconds by bin code (latency-bins.ts), ascending, and how many fell into each bin. */
export type Latencies = readonly (readonly [code: number, count: number])[];

/** Guardrails of models that tell classes apart, whose outcomes are kept apart. */
type ClassGuardrail = 'class_rate' | 'class_shift' | 'wrong_class';

/** Guardrails that are a mean of bounded harms; the others are latency quantiles. */
export type MeanGuardrail = Exclude<GuardrailName, 'latency_p50' | 'latency_p95' | 'latency_p99'>;

/** What one source knows of one slice: counts, never rows. */
export interface SliceEvidence {
  readonly slice: Slice;
  /** Pairs of a control and a candidate answer. */
  readonly events: number;
  readonly outcomes: Readonly<Record<Exclude<MeanGuardrail, ClassGuardrail>, Outcomes>>;
  /** Of models that tell classes apart. */
  readonly classes?: ClassEvidence;
  readonly latency: { readonly control: Latencies; readonly candidate: Latencies };
}

/** What one source knows of the classes that two models decide. */
export interface ClassEvidence {
  /** From the control's class to the candidate's, also where they are the same: how often. */
  readonly changes: readonly (readonly [from: string, to: string, count: number])[];
  /** Of mature labels: candidate wrong, less control wrong. */
  readonly wrong: Outcomes;
  /** Distances between the probabilities of the two; empty where they answered different predictions. */
  readonly distances: Outcomes;
}

/** The outcomes of one guardrail. @param ofClass the class that a `class_rate` is about */
export function outcomesOf(evidence: SliceEvidence, name: MeanGuardrail, ofClass: string | undefined): Outcomes {
  const { outcomes, classes } = evidence;
  if (name === 'class_shift') return classes?.distances ?? [];
  if (name === 'wrong_class') return classes?.wrong ?? [];
  if (name === 'class_rate') return ratesOf(classes?.changes ?? [], ofClass);
  return outcomes[name];
}

/** Candidate decides the class, less control decides it. */
function ratesOf(changes: ClassEvidence['changes'], ofClass: string | undefined): Outcomes {
  const counts = new Map<number, number>();
  for (const [from, to, count] of changes) {
    const harm = Number(to === ofClass) - Number(from === ofClass);
    counts.set(harm, (counts.get(harm) ?? 0) + count);
  }
  return [...counts].sort(([a], [b]) => a - b);
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
