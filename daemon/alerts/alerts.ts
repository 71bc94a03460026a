import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Alert, AlertChange, Delivery, Finding, Histogram, Impact, Silence } from '../../detectors/terms.ts';
import { atMost } from '../at-most.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { SerinError } from '../errors.ts';
import { takeTurns } from '../in-turn.ts';
import type { Store } from '../store/store.ts';
import { openAlertBook, type AlertBook } from './alert-book.ts';
import type { AlertRecord } from './alert-record.ts';
import { openChannel } from './channels.ts';
import { openDeliveries, type DeliveryRecord } from './deliveries.ts';
import { tellModel } from './tell-model.ts';

export interface AlertsOptions {
  readonly store: Store;
  readonly settings: Config['alerts'];
  /** How people reach the dashboard; no slash at the end. */
  readonly publicUrl: string;
  /** Marks every message as made-up data. */
  readonly simulated: boolean;
  readonly clock: Clock;
  readonly log: Logger;
  /** The distributions behind a finding, for the picture in the mail; undefined where there are none. */
  picture(finding: Finding): Promise<{ reference: Histogram | null; window: Histogram } | undefined>;
  /** What the feature of a finding does to the score, where that is known. */
  impactOf?(finding: Finding): Impact | undefined;
  /** Whether this daemon is the one that moves alerts and sends, asked before each. */
  maySend(): boolean;
  onChange?(alert: Alert, change: AlertChange): void;
}

/** An alert with what its feature does to the score while it lasts, where that is known. */
export interface WeighedAlert extends Alert {
  readonly impact?: Impact | undefined;
}

/** Findings in, messages out: what people are told, and what they answer. */
export interface Alerts {
  /**
   * Takes the newest findings of one or more models, those of all live versions together; called at each tick.
   * Of several windows of one thing the newest with enough data counts, so the open one may come along with the closed one.
   */
  observe(findings: readonly Finding[]): Promise<readonly AlertChange[]>;
  /** Whether a model may have something open: of others, findings that pass as they did before need not be observed. */
  follows(model: string): boolean;
  /**
   * Lets time pass, groups what is to be told into deliveries, and starts to send what is due; called at each tick.
   * Resolves once the deliveries are stored; a mail server that is slow to answer holds up nothing.
   */
  deliver(): Promise<void>;
  /** Resolves when nothing is being sent. */
  settled(): Promise<void>;
  list(state?: string): Promise<WeighedAlert[]>;
  get(id: string): Promise<{
    readonly alert: WeighedAlert;
    readonly changes: readonly AlertChange[];
    readonly deliveries: readonly Delivery[];
  }>;
  /** Somebody is on it: the alert is not repeated, its end is told. */
  acknowledge(id: string, by: string): Promise<Alert>;
  /** No notification for what matches until then; an empty model matches every model. */
  silence(silence: Omit<Silence, 'id' | 'state'>): Promise<Silence>;
  feedback(
    id: string,
    feedback: { readonly verdict: 'real' | 'false'; readonly by: string; readonly note?: string },
  ): Promise<Alert>;
  /** Sends a test message; rejects with the channel's own words when it is refused. */
  test(channel: string): Promise<void>;
  close(): Promise<void>;
}

/** A message on its way is given this long at the end; one that is cut off is sent again after the restart. */
const FAREWELL_MS = 3000;

export async function openAlerts(options: AlertsOptions): Promise<Alerts> {
  const { store, settings, clock, log } = options;
  const inTurn = takeTurns();
  const channels = new Map(
    Object.entries(settings.channels).map(([name, channel]) => [name, openChannel(channel, clock)]),
  );
  const book = openAlertBook({ ...options, patience: settings });
  const deliveries = openDeliveries({
    documents: store.documents<DeliveryRecord>('deliveries'),
    channels,
    clock,
    log,
    place: options,
    picture: (finding) => options.picture(finding),
    maySend: () => options.maySend(),
    onDelivered: (delivery) => inTurn(() => markDelivered(book, delivery)),
  });
  return {
    observe: (findings) => inTurn(() => book.judge(findings)),
    follows: (model) => book.follows(model),
    async deliver() {
      await inTurn(async () => {
        const open = await book.review();
        if (channels.size === 0) return;
        for (const model of new Set(open.map((alert) => alert.model))) {
          const own = open.filter((alert) => alert.model === model);
          await tellModel(own, { book, deliveries, rhythm: settings, now: clock.now() });
        }
      });
      await deliveries.sendDue();
    },
    settled: () => deliveries.settled(),
    ...questions(options, book),
    ...answers(options, book, inTurn),
    test: (channel) => deliveries.test(channel),
    async close() {
      await atMost(FAREWELL_MS, deliveries.settled());
      for (const channel of channels.values()) channel.close();
    },
  };
}

function questions({ store, impactOf }: AlertsOptions, book: AlertBook): Pick<Alerts, 'list' | 'get'> {
  const documents = store.documents<AlertRecord>('alerts');
  const weigh = (alert: AlertRecord): WeighedAlert => ({ ...alert, impact: impactOf?.(alert.evidence) });
  return {
    list: async (state) => (await documents.list({ state, limit: 10_000 })).map(weigh),
    async get(id) {
      const alert = await find(book, id);
      const [changes, deliveries] = await Promise.all([
        store.journal<AlertChange>('alert_changes').list(id),
        store.documents<DeliveryRecord>('deliveries').list({ model: alert.model }),
      ]);
      return {
        alert: weigh(alert),
        changes,
        deliveries: deliveries.filter((delivery) => delivery.alerts.includes(id)),
      };
    },
  };
}

function answers(
  { store, clock, maySend }: AlertsOptions,
  book: AlertBook,
  inTurn: <T>(work: () => Promise<T>) => Promise<T>,
): Pick<Alerts, 'acknowledge' | 'silence' | 'feedback'> {
  const change = (id: string, answer: (alert: AlertRecord) => AlertRecord): Promise<AlertRecord> =>
    inTurn(async () => {
      const changed = answer(await find(book, id));
      await book.put([changed]);
      return changed;
    });
  return {
    acknowledge: (id, by) =>
      change(id, (alert) => {
        if (alert.state !== 'pending' && alert.state !== 'firing')
          throw new SerinError('conflict', `The alert is ${alert.state}: there is nothing to acknowledge.`);
        return { ...alert, acknowledgedBy: by };
      }),
    feedback: (id, { verdict, by, note }) =>
      change(id, (alert) => ({
        ...alert,
        feedback: [...alert.feedback, { verdict, by, note: note ?? '', at: clock.now() }],
      })),
    async silence(wanted) {
      if (wanted.until <= clock.now())
        throw new SerinError('invalid_request', 'The silence would be over already: `until` must lie ahead.', {
          field: 'until',
        });
      const silence: Silence = { ...wanted, id: `silence-${randomUUID()}`, state: 'active' };
      await store.documents<Silence>('silences').put(silence);
      // What it covers is marked at once, not at the next tick only.
      if (maySend()) await inTurn(() => book.review());
      return silence;
    },
  };
}

async function find(book: AlertBook, id: string): Promise<AlertRecord> {
  const alert = await book.get(id);
  if (alert === undefined)
    throw new SerinError('unknown_id', `There is no alert ${JSON.stringify(id)}.`, { field: 'id' });
  return alert;
}

/** Only where the alert is still in the state that the message told of. */
async function markDelivered(book: AlertBook, { alerts, createdAt }: DeliveryRecord): Promise<void> {
  const found = await Promise.all(alerts.map((id) => book.get(id)));
  const told = found.filter(
    (alert) =>
      alert?.told && alert.told.at <= createdAt && (alert.told.state === 'firing') === (alert.state === 'firing'),
  );
  await book.put(told.flatMap((alert) => (alert === undefined ? [] : { ...alert, delivered: true })));
}
