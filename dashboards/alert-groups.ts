import type { Alert } from '../daemon/api/contract.ts';
import { severity } from './charts/heat-grid.ts';
import { rankByImpact } from './rank-by-impact.ts';

/** Alerts about the same thing in the same state, the one farthest from its limit first; they share what the thing does to the score. */
export interface AlertGroup {
  readonly worst: Alert;
  readonly others: readonly Alert[];
}

/**
 * One group a feature, operation or score of a model, however many detectors and slices say the same of it: one fault is
 * one line. The worst group comes first, features among themselves by their impact.
 */
export function groupAlerts(alerts: readonly Alert[]): AlertGroup[] {
  const groups = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const key = JSON.stringify([
      alert.state,
      alert.model,
      alert.feature ?? null,
      alert.feature ? null : alert.detector,
    ]);
    const group = groups.get(key);
    if (group) group.push(alert);
    else groups.set(key, [alert]);
  }
  const worstFirst = [...groups.values()]
    .map((group) => group.sort((a, b) => badness(b) - badness(a) || a.since.localeCompare(b.since)))
    .flatMap(([worst, ...others]) => (worst ? [{ worst, others }] : []))
    .sort((a, b) => badness(b.worst) - badness(a.worst));
  return rankByImpact(worstFirst, largestImpact);
}

function largestImpact({ worst, others }: AlertGroup): number | undefined {
  const sizes = [worst, ...others].flatMap(({ impact }) => (impact ? [impact.size] : []));
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}

function badness({ statistic, limit }: Alert): number {
  return severity({ state: 'fail', statistic, limit });
}
