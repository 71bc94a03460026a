import { findDetector } from '../../detectors/find-detector.ts';
import { sayFinding } from '../../detectors/say.ts';
import type { Alerts } from '../alerts/alerts.ts';

/**
 * Why no verdict can be trusted now: the data-quality alerts of a model that fire, or are about to, and that nobody has
 * acknowledged or silenced. A person who acknowledges one has looked at it, and the gate goes on.
 */
export async function qualityFailures(alerts: Alerts, model: string): Promise<readonly string[]> {
  const open = [...(await alerts.list('firing')), ...(await alerts.list('pending'))];
  return open
    .filter((alert) => alert.model === model && alert.acknowledgedBy === null && !alert.silenced)
    .filter((alert) => findDetector(alert.detector)?.kind === 'quality')
    .map(sayFinding);
}
