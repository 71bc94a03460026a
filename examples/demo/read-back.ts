import type { ApiClient } from '../../daemon/cli/client.ts';
import { MODEL } from '../payments/record.ts';

/** What the demo leaves behind, as the API tells it: the last line of `serin demo --json`. */
export interface ReadBack {
  readonly spans: number;
  readonly predictions: number;
  readonly labels: number;
  readonly findings: { readonly fail: number };
  readonly alerts: readonly {
    readonly model: string;
    readonly detector: string;
    readonly slice: string;
    readonly state: string;
    readonly delivered: boolean;
  }[];
  readonly retrainings: readonly { readonly state: string; readonly version: string | null }[];
  readonly replays: readonly {
    readonly candidate: string;
    readonly replayed: number;
    readonly recorded: number;
    readonly flips: number;
  }[];
  readonly rollouts: readonly { readonly candidate: string; readonly verdict: string }[];
}

/** Reads everything from the API; nothing of it is remembered by the demo. */
export async function readBack(client: ApiClient): Promise<ReadBack> {
  const [status, failed, alerts, retrainings, replays, rollouts] = await Promise.all([
    client.status(),
    client.findings({ model: MODEL, state: 'fail', limit: '100000' }),
    client.alerts(),
    client.retrainings(MODEL),
    client.replays(MODEL),
    client.rollouts(MODEL),
  ]);
  const { spans, predictions, labels } = status.stored;
  return {
    spans,
    predictions,
    labels,
    findings: { fail: failed.length },
    alerts: alerts.map(({ model, detector, slice, state, delivered }) => ({
      model,
      detector,
      slice,
      state,
      delivered,
    })),
    retrainings: retrainings.map(({ state, version }) => ({ state, version })),
    replays: replays.map(({ candidate, replayed, recorded, comparison }) => ({
      candidate,
      replayed,
      recorded,
      flips: comparison === null ? 0 : comparison.flips.to_decline + comparison.flips.to_approve,
    })),
    rollouts: rollouts.map(({ candidate, verdict }) => ({ candidate, verdict })),
  };
}
