import { createHash, randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Delivery, Finding, Histogram } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import { SerinError } from '../errors.ts';
import { takeTurns } from '../in-turn.ts';
import { nearestName } from '../nearest-name.ts';
import type { Documents } from '../store/documents.ts';
import type { Outcome } from '../http/webhook.ts';
import type { Channel } from './channel.ts';
import { composeNotification, composeTest, type Place } from './compose-notification.ts';
import { drawPicture } from './draw-picture.ts';
import type { Notification, Picture } from './notification.ts';
import type { News } from './what-to-tell.ts';

/** A delivery as stored: with what it tells and every change that it tells of. */
export interface DeliveryRecord extends Delivery {
  readonly changes: readonly string[];
  readonly notification: Notification;
}

export interface DeliveriesOptions {
  readonly documents: Documents<DeliveryRecord>;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly place: Place;
  readonly clock: Clock;
  readonly log: Logger;
  picture(finding: Finding): Promise<{ reference: Histogram | null; window: Histogram } | undefined>;
  /** Whether this daemon is the one that sends. */
  maySend(): boolean;
  /** A channel accepted it. */
  onDelivered(delivery: DeliveryRecord): Promise<void>;
}

/** Gives up after this time: the next news of the model takes what was not told along. */
const GIVE_UP_MS = 86_400_000;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 1_800_000;

/** The pause before the next attempt: 10 s, doubled with each failure, half an hour at most. */
export function pauseAfter(attempts: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
}

/** Notifications on their way: rows first, sending after; a row not marked as delivered is sent (again) after a restart. */
export interface Deliveries {
  /** The newest of a model, newest first. */
  recent(model: string): Promise<DeliveryRecord[]>;
  /**
   * Stores one delivery a channel. One that still waits is taken along by the new one: after an outage people get one
   * message, not all those that were missed.
   * @param newsFor the news for a channel, given the alerts of the deliveries that are taken along
   */
  plan(
    recent: readonly DeliveryRecord[],
    newsFor: (missed: readonly string[]) => { readonly news: readonly News[]; readonly stillFiring: number },
  ): Promise<void>;
  /** Starts to send what is due. */
  sendDue(): Promise<void>;
  /** Resolves when nothing is being sent. */
  settled(): Promise<void>;
  /** @throws SerinError `unknown_id` with the nearest name; `channel_failed` with the channel's own words */
  test(channel: string): Promise<void>;
}

export function openDeliveries(options: DeliveriesOptions): Deliveries {
  const { documents, channels, clock, place } = options;
  const sending = new Map<string, Promise<void>>();
  const turns = new Map([...channels.keys()].map((channel) => [channel, takeTurns()]));
  return {
    recent: (model) => documents.list({ model, limit: 100 }),
    async plan(recent, newsFor) {
      const now = clock.now();
      const rows = [...channels.keys()].flatMap((channel) => {
        const missed = recent.filter(
          (row) => row.channel === channel && row.state === 'waiting' && !sending.has(row.id),
        );
        const { news, stillFiring } = newsFor(missed.flatMap((row) => row.alerts));
        if (news.length === 0) return [];
        const changes = [...missed.flatMap((row) => row.changes), ...news.map((one) => one.key)];
        const row = newDelivery(channel, changes, composeNotification(news, stillFiring, now, place), news);
        return [...missed.map((old) => takenAlong(old, row.id)), row];
      });
      await documents.putAll(rows);
    },
    async sendDue() {
      const waiting = await documents.list({ state: 'waiting', limit: 1000 });
      const due = waiting.filter((row) => row.nextAttemptAt <= clock.now() && !sending.has(row.id));
      for (const row of due.sort((a, b) => a.createdAt - b.createdAt)) {
        // One at a time to each channel: a storm over many models must not open a hundred connections.
        const inTurn = turns.get(row.channel) ?? takeTurns();
        const work = inTurn(() => attempt(options, row))
          .catch((error: unknown) => options.log.error({ err: error, delivery: row.id }, 'a delivery is not stored'))
          .finally(() => sending.delete(row.id));
        sending.set(row.id, work);
      }
    },
    settled: async () => {
      await Promise.all(sending.values());
    },
    test: (name) => testChannel(options, name),
  };
}

function newDelivery(
  channel: string,
  changes: readonly string[],
  notification: Notification,
  news: readonly News[],
): DeliveryRecord {
  const { model, subject, at } = notification;
  const known = [...new Set(changes)].sort();
  return {
    id: createHash('sha256')
      .update(JSON.stringify([channel, model, known]))
      .digest('hex')
      .slice(0, 32),
    channel,
    model,
    subject,
    notification,
    changes: known,
    alerts: [...new Set(news.map((one) => one.alert.id))],
    state: 'waiting',
    attempts: 0,
    nextAttemptAt: at,
    error: null,
    createdAt: at,
    deliveredAt: null,
  };
}

function takenAlong(old: DeliveryRecord, by: string): DeliveryRecord {
  return { ...old, state: 'failed', error: `told with ${by}; before: ${old.error ?? 'not sent'}` };
}

async function attempt(options: DeliveriesOptions, row: DeliveryRecord): Promise<void> {
  if (!options.maySend()) return;
  const { channels, clock, log, documents } = options;
  const channel = channels.get(row.channel);
  const outcome: Outcome =
    channel === undefined
      ? { accepted: false, retry: false, error: 'the channel is no longer configured' }
      : await channel.send(row.id, row.notification, await pictureFor(options, channel, row.notification));
  const now = clock.now();
  const tried = { ...row, attempts: row.attempts + 1 };
  const about = { delivery: row.id, channel: row.channel, model: row.model, attempts: tried.attempts };
  if (outcome.accepted) {
    if (outcome.note !== undefined) log.warn({ ...about, note: outcome.note }, 'a notification reached only some');
    const delivered: DeliveryRecord = { ...tried, state: 'delivered', error: outcome.note ?? null, deliveredAt: now };
    await documents.put(delivered);
    await options.onDelivered(delivered);
  } else if (outcome.retry && now - row.createdAt < GIVE_UP_MS) {
    log.warn({ ...about, error: outcome.error }, 'a notification was not accepted; it is tried again');
    await documents.put({ ...tried, error: outcome.error, nextAttemptAt: now + pauseAfter(tried.attempts) });
  } else {
    log.error({ ...about, error: outcome.error }, 'a notification could not be delivered');
    await documents.put({ ...tried, state: 'failed', error: outcome.error });
  }
}

/** A message without its picture is worth sending; a picture that cannot be drawn is only logged. */
async function pictureFor(
  options: DeliveriesOptions,
  channel: Channel,
  { lead }: Notification,
): Promise<Picture | undefined> {
  if (!channel.wantsPicture || lead === null) return undefined;
  try {
    const distributions = await options.picture(lead);
    return distributions === undefined ? undefined : drawPicture(lead, distributions);
  } catch (error) {
    options.log.warn({ err: error, finding: lead.id }, 'the picture of a finding could not be drawn');
    return undefined;
  }
}

async function testChannel({ channels, clock, place }: DeliveriesOptions, name: string): Promise<void> {
  const channel = channels.get(name);
  if (channel === undefined) {
    const near = nearestName(name, [...channels.keys()]);
    const known = channels.size === 0 ? 'none is configured' : `known: ${[...channels.keys()].join(', ')}`;
    const hint = near === undefined ? known : `did you mean ${JSON.stringify(near)}?`;
    throw new SerinError('unknown_id', `There is no channel ${JSON.stringify(name)}; ${hint}`, { field: 'channel' });
  }
  const outcome = await channel.send(`test-${randomUUID()}`, composeTest(name, clock.now(), place), undefined);
  if (!outcome.accepted)
    throw new SerinError('channel_failed', `The channel ${name} did not take the message: ${outcome.error}`);
}
