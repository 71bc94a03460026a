import type { Finding as InsideFinding, JudgedAgainst } from '../../../detectors/terms.ts';
import { findingLinks } from '../../finding-links.ts';
import type { Finding, FindingList } from '../contract.ts';
import type { FoundFinding } from '../parts.ts';
import { toImpact } from './impact.ts';
import { finite, finiteInterval } from './numbers.ts';
import { toTime, toWindow } from './time.ts';

/** @param link the address at which people reach a page of the dashboard */
export function toFinding(finding: InsideFinding, link: (path: string) => string): Finding {
  const { subject, slowestTraces, failingTraces } = findingLinks(finding, link);
  const interval = finiteInterval(finding.interval);
  return {
    id: finding.id,
    model: finding.model,
    version: finding.version,
    slice: finding.slice,
    detector: finding.detector,
    ...(finding.subject === '' ? {} : { feature: finding.subject }),
    window: toWindow(finding.window),
    reference: finding.reference === null ? null : toJudgedAgainst(finding.reference),
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
    links: {
      subject,
      ...(slowestTraces !== undefined && { slowest_traces: slowestTraces }),
      ...(failingTraces !== undefined && { failing_traces: failingTraces }),
    },
  };
}

function toJudgedAgainst({ id, ...window }: JudgedAgainst): NonNullable<Finding['reference']> {
  return { ...toWindow(window), ...(id !== undefined && { id }) };
}

/** A finding with what its feature does to the score, where that is known. */
export function toFoundFinding(
  { impact, ...finding }: FoundFinding,
  link: (path: string) => string,
): FindingList['findings'][number] {
  return { ...toFinding(finding, link), ...(impact && { impact: toImpact(impact) }) };
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
