import type { Logger } from 'pino';
import type { Replay, Retraining, Rollout, Window } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';

export interface AfterRetrainingOptions {
  readonly startReplay: (request: {
    model: string;
    candidate: string;
    control: string;
    window: Window;
  }) => Promise<Replay>;
  readonly openRollout: (request: { model: string; candidate: string; control: string }) => Promise<Rollout>;
  readonly rolloutsOf: (model: string) => Promise<readonly Rollout[]>;
  readonly retrainingsOf: (model: string) => Promise<readonly Retraining[]>;
  /** The version that answers at present; undefined when nothing answered lately. */
  readonly controlOf: (model: string) => Promise<string | undefined>;
  readonly lookbackMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Closes the loop: a version that came out of a retraining is replayed over the recorded traffic, and once that is done
 * a rollout is opened for it against the version that answers at present. Both steps read what is stored, so that a
 * restart between them changes nothing.
 */
export function openAfterRetraining(options: AfterRetrainingOptions): {
  completed(retraining: Retraining): Promise<void>;
  replayed(replay: Replay): Promise<void>;
} {
  const { log } = options;
  return {
    async completed({ model, version }) {
      const control = await options.controlOf(model);
      if (version === null || control === undefined || control === version) return;
      const now = options.clock.now();
      const window = { from: now - options.lookbackMs, to: now };
      const replay = await options.startReplay({ model, candidate: version, control, window });
      log.info({ model, version, replay: replay.id }, 'the retrained version is replayed in shadow');
    },
    async replayed({ model, candidate, control, state }) {
      if (state !== 'done' || control === null) return;
      const retrained = (await options.retrainingsOf(model)).some((retraining) => retraining.version === candidate);
      const onTrial = (await options.rolloutsOf(model)).some((rollout) => rollout.candidate === candidate);
      if (!retrained || onTrial) return;
      const rollout = await options.openRollout({ model, control, candidate });
      log.info({ model, candidate, rollout: rollout.id }, 'a rollout is open for the retrained version');
    },
  };
}
