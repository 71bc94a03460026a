import type { Logger } from 'pino';
import type { Decision, Rollout } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { Config, ModelSettings } from '../config.ts';
import type { Store } from '../store/store.ts';

/** What a rollout is opened with; what is left out comes from the settings and from the table of guardrails. */
export interface RolloutRequest {
  readonly model: string;
  readonly control: string;
  readonly candidate: string;
  readonly guardrails?: readonly {
    readonly name: string;
    readonly margin?: number;
    readonly slices?: readonly string[];
  }[];
  readonly alpha?: number;
  readonly minimumEvents?: number;
  readonly maximumDurationMs?: number;
}

export interface RolloutOptions {
  readonly store: Store;
  readonly settings: Config['rollouts'];
  modelSettings(model: string): ModelSettings | Promise<ModelSettings>;
  hasVersion(model: string, version: string): Promise<boolean>;
  /** Reasons of the open data-quality alerts of a model; while there are any, the verdict is hold. */
  openQualityFailures(model: string): Promise<readonly string[]>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told once, when a rollout leaves the state `open`. */
  onDecided?(rollout: Rollout, decision: Decision): void;
}

/** The life of rollouts: opened, judged as often as anyone asks, decided once. */
export interface Rollouts {
  open(request: RolloutRequest): Promise<Rollout>;
  get(id: string): Promise<Rollout>;
  list(model?: string): Promise<Rollout[]>;
  verdict(id: string): Promise<Decision>;
  decisions(id: string): Promise<Decision[]>;
  /** Judges every open rollout again. */
  tick(): Promise<void>;
}

export type OpenRollouts = (options: RolloutOptions) => Rollouts;
