import type { Logger } from 'pino';
import type { Replay, Window } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { Config, ModelSettings } from '../config.ts';
import type { Store } from '../store/store.ts';
import type { Versions } from './versions.ts';

export interface ReplayRequest {
  readonly model: string;
  readonly candidate: string;
  /** Version whose recorded predictions are replayed; all versions without it. */
  readonly control?: string;
  readonly window: Window;
  /** Most predictions replayed: a sample by hash of `prediction_id`, the same each time. */
  readonly limit?: number;
  /** Tags to cut the comparison by; those of the model's settings without it. */
  readonly slices?: readonly string[];
}

/** Replays: recorded predictions scored by a candidate, one replay after the other. */
export interface Replays {
  /** Queues a replay; resolves at once. */
  start(request: ReplayRequest): Promise<Replay>;
  get(id: string): Promise<Replay>;
  list(model?: string): Promise<Replay[]>;
  /** Takes up the replays that a stop of the daemon interrupted. */
  resume(): Promise<void>;
  /** Resolves when nothing is queued or running. */
  idle(): Promise<void>;
  /** Stops after the page in hand; `resume` goes on from there. */
  close(): Promise<void>;
}

export interface ReplaysOptions {
  readonly store: Store;
  readonly versions: Versions;
  readonly settings: Config['replays'];
  modelSettings(model: string): ModelSettings | Promise<ModelSettings>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called once for each replay that is done or has failed. */
  onDone?(replay: Replay): void;
}

export declare function openReplays(options: ReplaysOptions): Promise<Replays>;
