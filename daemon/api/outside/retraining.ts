import type { Retraining as InsideRetraining, Snapshot as InsideSnapshot } from '../../../detectors/terms.ts';
import type { Retraining, Snapshot } from '../contract.ts';
import { toTime, toTimeOrNull } from './time.ts';

export function toRetraining(retraining: InsideRetraining): Retraining {
  return {
    id: retraining.id,
    model: retraining.model,
    state: retraining.state,
    trigger: retraining.trigger,
    finding: retraining.finding,
    snapshot: retraining.snapshot,
    version: retraining.version,
    error: retraining.error,
    started_at: toTime(retraining.startedAt),
    finished_at: toTimeOrNull(retraining.finishedAt),
  };
}

export function toSnapshot(snapshot: InsideSnapshot): Snapshot {
  return {
    id: snapshot.id,
    model: snapshot.model,
    path: snapshot.path,
    query: snapshot.query,
    from: toTime(snapshot.window.from),
    to: toTime(snapshot.window.to),
    rows: snapshot.rows,
    labelled: snapshot.labelled,
    label_coverage: snapshot.rows === 0 ? 0 : snapshot.labelled / snapshot.rows,
    bytes: snapshot.bytes,
    sha256: snapshot.sha256,
    columns: snapshot.columns.map(({ name, type }) => ({ name, type })),
    created_at: toTime(snapshot.createdAt),
  };
}
