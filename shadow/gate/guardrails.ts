import type { GuardrailName } from '../../detectors/terms.ts';

/** How one guardrail is measured; harm is positive when the candidate is worse. */
export interface GuardrailRule {
  /** What harm is, as the beginning of a sentence that goes on with an amount. */
  readonly title: string;
  /** Of the amount: percentage points of the events, per cent of the control's latency, or a score as it is. */
  readonly unit: 'points' | '%' | 'score';
  /** Default of the harm that is still accepted: a share of the events (0.02 is two in a hundred), or of the latency. */
  readonly margin: number;
  /** Part of the default set of a rollout. */
  readonly byDefault: boolean;
  /** What one event is. */
  readonly event: 'pair' | 'fraud' | 'genuine payment' | 'mature label' | 'timed prediction';
  /** Smallest and largest harm that one event can show; for a latency quantile undefined. */
  readonly range?: readonly [number, number];
  /** The latency quantile judged; for all others undefined. */
  readonly quantile?: number;
  /** A live canary arm shows it too; otherwise only shadow does. */
  readonly live: boolean;
  /** Only models that answer yes or no have it. */
  readonly binaryOnly: boolean;
}

const DIFFERENCE = { unit: 'points', range: [-1, 1], live: true, binaryOnly: true } as const;

/**
 * Every guardrail, once. Differences are candidate minus control on the same prediction (shadow), or on two predictions
 * of the same minutes (live); a margin of 0.02 is two percentage points.
 */
export const GUARDRAILS: Readonly<Record<GuardrailName, GuardrailRule>> = {
  errors: {
    ...DIFFERENCE,
    title: 'the share of predictions without a valid score changed by',
    margin: 0.01,
    byDefault: true,
    event: 'pair',
    binaryOnly: false,
  },
  decline_rate: {
    ...DIFFERENCE,
    title: 'the share of declines changed by',
    margin: 0.02,
    byDefault: true,
    event: 'pair',
  },
  flips: {
    title: 'the share of predictions decided differently is',
    unit: 'points',
    margin: 0.05,
    byDefault: false,
    event: 'pair',
    range: [0, 1],
    live: false,
    binaryOnly: true,
  },
  latency_p95: {
    title: 'the 95th percentile of latency changed by',
    unit: '%',
    margin: 0.25,
    byDefault: true,
    event: 'timed prediction',
    quantile: 0.95,
    live: true,
    binaryOnly: false,
  },
  latency_p99: {
    title: 'the 99th percentile of latency changed by',
    unit: '%',
    margin: 0.25,
    byDefault: false,
    event: 'timed prediction',
    quantile: 0.99,
    live: true,
    binaryOnly: false,
  },
  missed_fraud: {
    ...DIFFERENCE,
    title: 'the share of known fraud that is approved changed by',
    margin: 0.05,
    byDefault: true,
    event: 'fraud',
  },
  false_declines: {
    ...DIFFERENCE,
    title: 'the share of genuine payments that are declined changed by',
    margin: 0.02,
    byDefault: true,
    event: 'genuine payment',
  },
  loss: {
    ...DIFFERENCE,
    title: 'the Brier score (mean squared error of the score) changed by',
    unit: 'score',
    margin: 0.01,
    byDefault: false,
    event: 'mature label',
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
