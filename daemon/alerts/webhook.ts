import { z } from 'zod';
import { postWebhook, webhookSecret } from '../http/webhook.ts';
import type { Clock } from '../clock.ts';
import type { Channel } from './channel.ts';
import type { NotedAlert, Notification, Topic } from './notification.ts';
import { renderText } from './render-text.ts';

export const webhookSettings = z.strictObject({
  type: z.literal('webhook').describe('signed HTTP POST as in Standard Webhooks'),
  url: z.url({ protocol: /^https?$/ }).describe('where to send'),
  secret: webhookSecret.optional().describe('signing secret; write ${NAME} to take it from the environment'),
  allow_private: z.boolean().default(false).describe('permit private and loopback addresses'),
});

export type WebhookSettings = z.output<typeof webhookSettings>;

/** A signed POST with the notification as JSON; a receiver tells repetitions by `webhook-id`. */
export function openWebhook(settings: WebhookSettings, clock: Clock): Channel {
  return {
    wantsPicture: false,
    send: (id, notification) => postWebhook(settings, id, toPayload(notification), clock.now()),
    close: () => undefined,
  };
}

/** `type`, `timestamp` and `data`, as Standard Webhooks recommends; times are RFC 3339, names in snake_case as in the API. */
function toPayload(notification: Notification): object {
  const { model, kind, at, simulated, subject, topics, resolved, stillFiring, links } = notification;
  return {
    type: `alerts.${kind}`,
    timestamp: new Date(at).toISOString(),
    data: {
      model,
      subject,
      simulated,
      text: renderText(notification),
      firing: topics.flatMap(toAlerts),
      resolved: resolved.flatMap(toAlerts),
      still_firing: stillFiring,
      links,
    },
  };
}

function toAlerts(topic: Topic): object[] {
  return topic.alerts.map((alert: NotedAlert) => ({
    id: alert.id,
    version: alert.version,
    slice: alert.slice,
    detector: alert.detector,
    ...(alert.subject === '' ? {} : { feature: alert.subject }),
    statistic: alert.statistic,
    limit: alert.limit,
    interval: alert.interval,
    count: alert.count,
    reason: alert.reason,
    window: { from: new Date(alert.window.from).toISOString(), to: new Date(alert.window.to).toISOString() },
    since: new Date(alert.since).toISOString(),
    ...(alert.resolvedAt === null ? {} : { resolved_at: new Date(alert.resolvedAt).toISOString() }),
    url: alert.url,
    severity: alert.severity ?? 'page',
    links: linksOf(alert),
  }));
}

function linksOf({ url, links }: NotedAlert): object {
  return {
    subject: links?.subject ?? url,
    ...(links?.slowestTraces !== undefined && { slowest_traces: links.slowestTraces }),
    ...(links?.failingTraces !== undefined && { failing_traces: links.failingTraces }),
  };
}
