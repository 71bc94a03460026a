import type { GuardrailName } from '../../detectors/terms.ts';
import type { Source } from './evidence.ts';

/** How one guardrail is measured; harm is positive when the candidate is worse. */
export interface GuardrailRule {
  /** What is measured, as the subject of a sentence. */
  readonly what: string;
  /** What follows the subject and comes before the amount of harm. */
  readonly how: 'changed by' | 'changed, one way or the other, by' | 'is';
  /** Of the amount: percentage points of the events, per cent of the control's latency, or a score as it is. */
  readonly unit: 'points' | '%' | 'score';
  /** Default of the harm that is still accepted: a share of the events (0.02 is two in a hundred), or of the latency. */
  readonly margin: number;
  /** Harm is a change upwards, or a change either way. */
  readonly sides: 'up' | 'either';
  /** Part of the default set of a rollout. */
  readonly byDefault: boolean;
  /** A promotion waits for it, unless the rollout says otherwise. */
  readonly required: boolean;
  /**
   * What becomes of the slices of the model where a rollout names none: a promotion waits for them too, or they are
   * watched (labels are too few in a slice to wait for), or all traffic alone is judged (a replay times too few).
   */
  readonly bySlice: 'required' | 'watched' | 'none';
  /** What one event is. */
  readonly event: 'pair' | 'fraud' | 'genuine payment' | 'mature label' | 'timed prediction';
  /** Smallest and largest harm that one event can show; for a latency quantile undefined. */
  readonly range?: readonly [number, number];
  /** The latency quantile judged; for all others undefined. */
  readonly quantile?: number;
  /** Where its evidence comes from. */
  readonly sources: readonly Source[];
  /** Kinds of models that have it. */
  readonly kinds: readonly ModelKind[];
}

type ModelKind = 'binary' | 'multiclass' | 'regression';
const ANY_KIND = ['binary', 'multiclass', 'regression'] as const;
const CLASSIFIERS = ['binary', 'multiclass'] as const;

const DIFFERENCE = {
  unit: 'points',
  range: [-1, 1],
  sides: 'up',
  byDefault: true,
  required: true,
  bySlice: 'required',
  event: 'pair',
  sources: ['shadow', 'live'],
  kinds: ['binary'],
} as const satisfies Partial<GuardrailRule>;

const LATENCY = {
  unit: '%',
  margin: 0.25,
  sides: 'up',
  byDefault: true,
  required: true,
  bySlice: 'none',
  event: 'timed prediction',
  sources: ['shadow', 'live'],
  kinds: ANY_KIND,
} as const satisfies Partial<GuardrailRule>;

/**
 * Every guardrail, once. Differences are candidate minus control on the same prediction (shadow), or on two predictions
 * of the same minutes (live); a margin of 0.02 is two percentage points.
 */
export const GUARDRAILS: Readonly<Record<GuardrailName, GuardrailRule>> = {
  errors: {
    ...DIFFERENCE,
    what: 'the share of predictions without a valid score',
    how: 'changed by',
    margin: 0.01,
    kinds: ANY_KIND,
  },
  decision_rate: {
    ...DIFFERENCE,
    what: 'the share of declines',
    how: 'changed, one way or the other, by',
    margin: 0.02,
    byDefault: false,
    sides: 'either',
  },
  decline_rate: {
    ...DIFFERENCE,
    what: 'the share of declines',
    how: 'changed by',
    margin: 0.02,
  },
  flips: {
    ...DIFFERENCE,
    what: 'the share of predictions decided differently',
    how: 'is',
    margin: 0.05,
    byDefault: false,
    range: [0, 1],
    sources: ['shadow'],
    kinds: CLASSIFIERS,
  },
  class_rate: {
    ...DIFFERENCE,
    what: 'the share of predictions decided as',
    how: 'changed, one way or the other, by',
    margin: 0.02,
    byDefault: false,
    sides: 'either',
    kinds: ['multiclass'],
  },
  score_shift: {
    ...DIFFERENCE,
    what: 'the mean score',
    how: 'changed, one way or the other, by',
    unit: 'score',
    margin: 0.05,
    byDefault: false,
    sides: 'either',
  },
  class_shift: {
    ...DIFFERENCE,
    what: 'the mean distance between the class scores of the two (total variation)',
    how: 'is',
    unit: 'score',
    margin: 0.1,
    byDefault: false,
    range: [0, 1],
    sources: ['shadow'],
    kinds: ['multiclass'],
  },
  latency_p50: { ...LATENCY, what: 'the median of latency', how: 'changed by', quantile: 0.5, byDefault: false },
  latency_p95: { ...LATENCY, what: 'the 95th percentile of latency', how: 'changed by', quantile: 0.95 },
  latency_p99: {
    ...LATENCY,
    what: 'the 99th percentile of latency',
    how: 'changed by',
    quantile: 0.99,
    margin: 0.5,
  },
  missed_fraud: {
    ...DIFFERENCE,
    what: 'the share of known fraud that is approved',
    how: 'changed by',
    margin: 0.05,
    bySlice: 'watched',
    event: 'fraud',
  },
  false_declines: {
    ...DIFFERENCE,
    what: 'the share of genuine payments that are declined',
    how: 'changed by',
    margin: 0.02,
    bySlice: 'watched',
    event: 'genuine payment',
  },
  loss: {
    ...DIFFERENCE,
    what: 'the Brier score (mean squared error of the score)',
    how: 'changed by',
    unit: 'score',
    margin: 0.01,
    byDefault: false,
    bySlice: 'watched',
    event: 'mature label',
    kinds: CLASSIFIERS,
  },
  wrong_class: {
    ...DIFFERENCE,
    what: 'the share of predictions whose class is not the label',
    how: 'changed by',
    margin: 0.02,
    bySlice: 'watched',
    event: 'mature label',
    kinds: ['multiclass'],
  },
  data_quality: {
    ...DIFFERENCE,
    what: 'the share of predictions that lack features which the control usually has',
    how: 'changed by',
    margin: 0.01,
    // In shadow both models see the same record.
    sources: ['live'],
    required: false,
    bySlice: 'watched',
    kinds: ANY_KIND,
  },
};

/**
 * A difference of latency below this is no harm, whatever its ratio: scoring inside a process takes microseconds, and
 * nobody waits for a millisecond.
 */
export const LATENCY_FLOOR_MS = 1;

/** Whether a name, as someone typed it, is that of a guardrail. */
export function isGuardrailName(name: string): name is GuardrailName {
  return Object.hasOwn(GUARDRAILS, name);
}

/** Every name, in the order of the table. */
export const GUARDRAIL_NAMES: readonly GuardrailName[] = Object.keys(GUARDRAILS).filter(isGuardrailName);
