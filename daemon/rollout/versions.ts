import type { ModelInput, ModelVersion } from '../../detectors/terms.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';

/** An artifact to register, as a caller describes it. */
export interface Registration {
  readonly version: string;
  /** Folder of `model.json`, relative to `models.directory` or absolute inside it. */
  readonly path: string;
  readonly inputs: readonly ModelInput[];
  /** Score at and above which the version declines; by default the threshold of its model. */
  readonly threshold?: number;
}

/** The registered artifacts of all models. */
export interface Versions {
  register(model: string, registration: Registration): Promise<ModelVersion>;
  get(model: string, version: string): Promise<ModelVersion | undefined>;
  list(model?: string): Promise<ModelVersion[]>;
}

export interface VersionsOptions {
  readonly store: Store;
  /** `models.directory`, absolute. */
  readonly directory: string;
  readonly clock: Clock;
  readonly backend: Config['replays']['backend'];
  readonly timeoutMs: number;
  /** Threshold of a model, for registrations without one; by default that of `models.defaults`. */
  readonly threshold?: (model: string) => number | Promise<number>;
}

export declare function openVersions(options: VersionsOptions): Versions;
