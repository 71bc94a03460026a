import type { Status } from '../daemon/api/contract.ts';

export interface Reading {
  readonly at: number;
  readonly ingest: Pick<Status['ingest'], 'spans' | 'predictions' | 'labels'>;
}

export interface Rate {
  readonly spans: number;
  readonly predictions: number;
  readonly labels: number;
}

/** Records a second between two readings of the daemon's counters; null when it was restarted between them. */
export function ingestRate(before: Reading, after: Reading): Rate | null {
  const seconds = (after.at - before.at) / 1000;
  if (seconds <= 0) return null;
  const rate = {
    spans: (after.ingest.spans - before.ingest.spans) / seconds,
    predictions: (after.ingest.predictions - before.ingest.predictions) / seconds,
    labels: (after.ingest.labels - before.ingest.labels) / seconds,
  };
  return Object.values(rate).some((value) => value < 0) ? null : rate;
}
