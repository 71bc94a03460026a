import type { AlertChange, Delivery as InsideDelivery, Silence } from '../../../detectors/terms.ts';
import type { Alert, AlertDetail, Delivery, SilenceAnswer } from '../contract.ts';
import type { WeighedAlert } from '../parts.ts';
import { toImpact } from './impact.ts';
import { finite } from './numbers.ts';
import { toTime, toTimeOrNull } from './time.ts';

export function toAlert(alert: WeighedAlert, link: (path: string) => string): Alert {
  return {
    id: alert.id,
    model: alert.model,
    version: alert.version,
    detector: alert.detector,
    slice: alert.slice,
    ...(alert.subject === '' ? {} : { feature: alert.subject }),
    state: alert.state,
    reason: alert.reason,
    statistic: finite(alert.statistic),
    limit: finite(alert.limit),
    since: toTime(alert.since),
    fired_at: toTimeOrNull(alert.firedAt),
    resolved_at: toTimeOrNull(alert.resolvedAt),
    acknowledged_by: alert.acknowledgedBy,
    silenced: alert.silenced,
    delivered: alert.delivered,
    finding: alert.finding,
    ...(alert.impact && { impact: toImpact(alert.impact) }),
    url: link(`/alerts/${encodeURIComponent(alert.id)}`),
  };
}

export function toAlertDetail(
  found: {
    readonly alert: WeighedAlert;
    readonly changes: readonly AlertChange[];
    readonly deliveries: readonly InsideDelivery[];
  },
  link: (path: string) => string,
): AlertDetail {
  return {
    ...toAlert(found.alert, link),
    changes: found.changes.map(({ at, from, to, reason }) => ({ at: toTime(at), from, to, reason })),
    deliveries: found.deliveries.map(toDelivery),
  };
}

function toDelivery(delivery: InsideDelivery): Delivery {
  return {
    id: delivery.id,
    channel: delivery.channel,
    model: delivery.model,
    subject: delivery.subject,
    state: delivery.state,
    attempts: delivery.attempts,
    error: delivery.error,
    created_at: toTime(delivery.createdAt),
    delivered_at: toTimeOrNull(delivery.deliveredAt),
  };
}

export function toSilence(silence: Silence): SilenceAnswer {
  return {
    id: silence.id,
    ...(silence.model === '' ? {} : { model: silence.model }),
    ...(silence.detector === undefined ? {} : { detector: silence.detector }),
    ...(silence.slice === undefined ? {} : { slice: silence.slice }),
    until: toTime(silence.until),
    by: silence.by,
    reason: silence.reason,
  };
}
