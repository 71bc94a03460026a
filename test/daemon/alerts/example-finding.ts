import type { Finding } from '../../../detectors/terms.ts';

const HOUR = 3_600_000;
const FROM = Date.UTC(2026, 0, 1);

/** A failing finding of one hour; `changes` replaces what a test is about. */
export function finding(changes: Partial<Finding> = {}): Finding {
  return {
    id: 'finding-1',
    model: 'card-fraud',
    version: '2026-01-01',
    slice: 'region=EU',
    detector: 'psi',
    subject: 'amount',
    window: { from: FROM, to: FROM + HOUR },
    reference: { from: FROM - 24 * HOUR, to: FROM },
    judgedAt: FROM,
    final: false,
    state: 'fail',
    statistic: 4.2,
    limit: 0.1,
    reason: 'the population stability index is 4.2, above the limit of 0.1',
    count: 5000,
    ...changes,
  };
}
