import type { Logger } from 'pino';
import type { Alert, ModelInput, Retraining, Snapshot } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { Config, ModelSettings } from '../config.ts';
import type { Store } from '../store/store.ts';

export interface RetrainingOptions {
  readonly store: Store;
  readonly settings: Config['retraining'];
  /** The data directory; snapshots live in `<directory>/snapshots`. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where a job reports: it POSTs to this address followed by `/complete` or `/fail`. */
  callbackUrl(id: string): string;
  modelSettings(model: string): ModelSettings | Promise<ModelSettings>;
  register(
    model: string,
    registration: {
      readonly version: string;
      readonly path: string;
      readonly inputs: readonly ModelInput[];
      readonly threshold?: number;
    },
  ): Promise<unknown>;
  onCompleted?(retraining: Retraining): void;
}

export interface Retrainings {
  /** Starts a retraining for a firing alert of a configured detector, unless the model cools down or is retrained already. */
  consider(alert: Alert): Promise<Retraining | undefined>;
  /** Ends what took too long and asks the webhook again where it did not answer; called at each tick. */
  tick(): Promise<void>;
  list(model?: string): Promise<Retraining[]>;
  /** @throws SerinError `conflict` while another retraining of the model goes on */
  start(model: string, reason: string): Promise<Retraining>;
  complete(
    id: string,
    result: {
      readonly version: string;
      readonly path?: string;
      readonly inputs?: readonly ModelInput[];
      readonly threshold?: number;
      readonly metrics?: Readonly<Record<string, number>>;
    },
  ): Promise<Retraining>;
  fail(id: string, reason: string): Promise<Retraining>;
  snapshot(id: string): Promise<Snapshot>;
  close(): Promise<void>;
}

export declare function openRetraining(options: RetrainingOptions): Promise<Retrainings>;
