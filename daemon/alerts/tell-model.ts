import type { AlertBook } from './alert-book.ts';
import type { AlertRecord } from './alert-record.ts';
import type { Deliveries, DeliveryRecord } from './deliveries.ts';
import { asTold, newsOfModel, type News, type Rhythm } from './what-to-tell.ts';

export interface Telling {
  readonly book: AlertBook;
  readonly deliveries: Deliveries;
  readonly rhythm: Rhythm;
  readonly now: number;
}

/**
 * Makes one message of what is new about a model, when its time has come: deliveries first, then the alerts are marked as
 * told. Killed in between, the same changes are found in the deliveries and not told again.
 * @param alerts the open alerts of one model
 */
export async function tellModel(
  alerts: readonly AlertRecord[],
  { book, deliveries, rhythm, now }: Telling,
): Promise<void> {
  const model = alerts[0]?.model;
  // Without a look at the deliveries first: most of the time nothing is due even for a model that never told anything.
  if (model === undefined || newsOfModel(alerts, undefined, now, rhythm).length === 0) return;
  const recent = await deliveries.recent(model);
  const lastToldAt = recent[0] === undefined ? undefined : Math.max(...recent.map((delivery) => delivery.createdAt));
  const news = newsOfModel(alerts, lastToldAt, now, rhythm);
  if (news.length === 0) return;
  const toldIn = (one: News): DeliveryRecord | undefined => recent.find((row) => row.changes.includes(one.key));
  const fresh = news.filter((one) => toldIn(one) === undefined);
  if (fresh.length > 0) {
    await deliveries.plan(recent, (missed) => ({
      news: withMissed(fresh, alerts, missed),
      stillFiring: alerts.filter((alert) => isToldAndFiring(alert) && !fresh.some((one) => one.alert.id === alert.id))
        .length,
    }));
  }
  await book.put(news.map((one) => asTold(one, toldIn(one)?.createdAt ?? now)));
}

/** To a channel that missed the first message, what fires is news, however often it was repeated. */
function withMissed(fresh: readonly News[], alerts: readonly AlertRecord[], missed: readonly string[]): News[] {
  const ids = new Set(missed);
  const told = fresh.map((one): News =>
    ids.has(one.alert.id) && one.kind === 'repeat' ? { ...one, kind: 'firing' } : one,
  );
  const others = alerts.filter((alert) => ids.has(alert.id) && isToldAndFiring(alert));
  return [
    ...told,
    ...others
      .filter((alert) => !fresh.some((one) => one.alert.id === alert.id))
      .map((alert): News => ({
        alert,
        kind: 'firing',
        key: `${alert.id}/firing/${alert.firedAt ?? 0}`,
        at: alert.changedAt,
      })),
  ];
}

function isToldAndFiring(alert: AlertRecord): boolean {
  return alert.state === 'firing' && !alert.silenced && alert.told?.state === 'firing';
}
