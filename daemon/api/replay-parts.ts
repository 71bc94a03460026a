import type { LiveShadow, Replay, Window } from '../../detectors/terms.ts';

/** What the API needs of replays. */
export interface ReplaysPart {
  start(request: {
    readonly model: string;
    readonly candidate: string;
    readonly control?: string;
    readonly window: Window;
    readonly limit?: number;
    readonly slices?: readonly string[];
    readonly pace?: number;
  }): Promise<Replay>;
  get(id: string): Promise<Replay>;
  /** Ends a replay that is queued or runs. */
  cancel(id: string): Promise<Replay>;
  list(model?: string): Promise<Replay[]>;
}

export interface ShadowsPart {
  list(model?: string): Promise<LiveShadow[]>;
  get(id: string): Promise<LiveShadow>;
}
