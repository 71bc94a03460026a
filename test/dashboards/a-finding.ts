import type { Finding } from '../../daemon/api/contract.ts';

export const HOUR = 3_600_000;
export const START = Date.parse('2026-03-01T00:00:00Z');

/** A finding that passes, of the nth hour; whatever matters to a test is given. */
export function finding(feature: string, hour: number, given: Partial<Finding> = {}): Finding {
  const from = START + hour * HOUR;
  return {
    id: `${feature}-${hour}`,
    model: 'fraud',
    version: '1',
    slice: 'all',
    detector: 'psi',
    feature,
    window: { from: new Date(from).toISOString(), to: new Date(from + HOUR).toISOString() },
    reference: null,
    statistic: 0.02,
    limit: 0.1,
    state: 'pass',
    reason: 'The distribution is that of the reference.',
    count: 1000,
    judged_at: new Date(from + HOUR).toISOString(),
    final: true,
    links: { subject: `https://serin.example/models/fraud/features/${feature}` },
    ...given,
  };
}
