import type { Finding as InsideFinding } from '../../../detectors/terms.ts';
import type { Finding } from '../contract.ts';
import { finite, finiteInterval } from './numbers.ts';
import { toTime, toWindow } from './time.ts';

export function toFinding(finding: InsideFinding): Finding {
  const interval = finiteInterval(finding.interval);
  return {
    id: finding.id,
    model: finding.model,
    version: finding.version,
    slice: finding.slice,
    detector: finding.detector,
    ...(finding.subject === '' ? {} : { feature: finding.subject }),
    window: toWindow(finding.window),
    reference: finding.reference === null ? null : toWindow(finding.reference),
    statistic: finite(finding.statistic),
    limit: finite(finding.limit),
    state: finding.state,
    reason: finding.reason,
    count: finding.count,
    ...(interval === null ? {} : { interval }),
    ...(finding.details === undefined ? {} : { details: finiteDetails(finding.details) }),
    judged_at: toTime(finding.judgedAt),
    final: finding.final,
    ...(finding.inhibitedBy === undefined ? {} : { inhibited_by: finding.inhibitedBy }),
  };
}

/** Numbers that are not finite are told in words. */
function finiteDetails(details: Readonly<Record<string, number | string>>): Record<string, number | string> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      typeof value === 'number' && !Number.isFinite(value) ? 'not finite' : value,
    ]),
  );
}
