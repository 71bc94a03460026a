import type { Logger } from 'pino';
import type { Alert, AlertChange, Delivery, Finding, Histogram, Silence } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Store } from '../store/store.ts';

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
  onChange?(alert: Alert, change: AlertChange): void;
}

/** Findings in, messages out: what people are told, and what they answer. */
export interface Alerts {
  /** Takes the newest findings of one or more models, those of all live versions together; called at each tick. */
  observe(findings: readonly Finding[]): Promise<readonly AlertChange[]>;
  /** Groups what is to be told into deliveries and sends what is due; called at each tick. */
  deliver(): Promise<void>;
  list(state?: string): Promise<Alert[]>;
  get(id: string): Promise<{
    readonly alert: Alert;
    readonly changes: readonly AlertChange[];
    readonly deliveries: readonly Delivery[];
  }>;
  acknowledge(id: string, by: string): Promise<Alert>;
  silence(silence: Omit<Silence, 'id' | 'state'>): Promise<Silence>;
  feedback(
    id: string,
    feedback: { readonly verdict: 'real' | 'false'; readonly by: string; readonly note?: string },
  ): Promise<Alert>;
  /** Sends a test message; rejects with the channel's own words when it is refused. */
  test(channel: string): Promise<void>;
  close(): Promise<void>;
}

export declare function openAlerts(options: AlertsOptions): Promise<Alerts>;
