import { ALL, type Finding } from '../../detectors/terms.ts';

/** `page` wants somebody now, `ticket` in working hours. */
export type Severity = 'page' | 'ticket';

/** As the detector says it; where it says nothing somebody is wanted now. */
export function severityOf({ details }: Pick<Finding, 'details'>): Severity {
  return details?.['severity'] === 'ticket' ? 'ticket' : 'page';
}

/** What is compared when the worst of several failing things is looked for. */
export interface Measured {
  readonly slice: string;
  readonly statistic: number | null;
  readonly limit: number | null;
  readonly severity?: Severity;
}

/**
 * How many times past its limit a failing statistic is: at least 1, whichever side of the limit is the bad one.
 * Without two numbers of one sign there is no ratio, and the answer is 1.
 */
export function timesPastLimit({ statistic, limit }: Measured): number {
  if (statistic === null || limit === null) return 1;
  if (limit === 0 && statistic !== 0) return Number.MAX_VALUE;
  const ratio = statistic / limit;
  if (!Number.isFinite(ratio) || ratio <= 0) return 1;
  return Math.max(ratio, 1 / ratio);
}

/** Sorts the worst first, what can wait behind what cannot; of two alike, a part of the traffic says more than the whole. */
export function worstFirst(a: Measured, b: Measured): number {
  const urgency = Number(a.severity === 'ticket') - Number(b.severity === 'ticket');
  if (urgency !== 0) return urgency;
  const difference = timesPastLimit(b) - timesPastLimit(a);
  if (difference !== 0) return difference;
  return Number(a.slice === ALL) - Number(b.slice === ALL) || a.slice.localeCompare(b.slice, 'en');
}
