import type { Window } from '../../detectors/terms.ts';
import type { Engine, Parameters } from './engine.ts';

export interface SnapshotRequest {
  readonly model: string;
  /** When the predictions were made. */
  readonly window: Window;
  /** Predictions and labels that were received later are left out, so that the same query gives the same rows later. */
  readonly asOf: number;
  /** With more predictions, an even sample of this many is taken, by a hash of the prediction_id. */
  readonly maxRows: number;
}

export interface SavedSnapshot {
  readonly query: string;
  readonly parameters: Parameters;
  readonly rows: number;
  readonly labelled: number;
  /** Share of the predictions that were taken; 1 without sampling. */
  readonly sampledShare: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

const WHICH = `model = {model:String}
    AND timestamp >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND timestamp < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    AND received_at <= fromUnixTimestamp64Milli({as_of:Int64}, 'UTC')`;

/** `label` is the latest one of the prediction, as text; NULL where none has come. */
const QUERY = `SELECT prediction_id, timestamp, version, role, score, decision, value, propensity, tags, numbers, categories, embeddings, label
FROM (
  SELECT prediction_id, timestamp, version, role, score, decision, value, propensity, tags, numbers, categories, embeddings
  FROM {database}.predictions FINAL
  WHERE ${WHICH} AND cityHash64(prediction_id) <= {hash:UInt64}
) AS taken
LEFT JOIN (
  SELECT prediction_id, CAST(argMax(label, (timestamp, label)), 'Nullable(String)') AS label
  FROM {database}.labels
  WHERE received_at <= fromUnixTimestamp64Milli({as_of:Int64}, 'UTC')
    AND prediction_id IN (SELECT prediction_id FROM {database}.predictions WHERE ${WHICH} AND cityHash64(prediction_id) <= {hash:UInt64})
  GROUP BY prediction_id
) AS known USING (prediction_id)`;

const LARGEST_HASH = '18446744073709551615';
/** A segment that was on its way may be loaded while the file is written; then the file is written again. */
const ATTEMPTS = 3;

/**
 * Writes the predictions of a model with their latest labels to a new Parquet file, one row a prediction, in no
 * promised order. The counts are those of the file.
 * @throws when rows kept arriving for the stretch of time while it was written
 */
export async function saveSnapshot(
  engine: Engine,
  request: SnapshotRequest,
  file: SnapshotFile,
): Promise<SavedSnapshot> {
  const bounds = { model: request.model, from: request.window.from, to: request.window.to, as_of: request.asOf };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const total = await countPredictions(engine, bounds);
    const hash = total > request.maxRows ? await hashOfSample(engine, bounds, request.maxRows) : LARGEST_HASH;
    const parameters = { ...bounds, hash };
    const before = await count(engine, parameters);
    await file.discard();
    await engine.save(QUERY, 'Parquet', file.path, parameters);
    const after = await count(engine, parameters);
    if (before.rows !== after.rows || before.labelled !== after.labelled) continue;
    const columns = await engine.rows<{ name: string; type: string }>(`DESCRIBE TABLE (${QUERY})`, parameters);
    return {
      query: QUERY,
      parameters,
      ...after,
      sampledShare: total === 0 ? 1 : Math.min(1, after.rows / total),
      columns: columns.map(({ name, type }) => ({ name, type })),
    };
  }
  throw new Error(`predictions of ${request.model} kept arriving for the time of the snapshot; try again`);
}

/** Where a snapshot is written; an attempt that did not count is discarded. */
export interface SnapshotFile {
  readonly path: string;
  discard(): Promise<void>;
}

async function countPredictions(engine: Engine, bounds: Parameters): Promise<number> {
  const [found] = await engine.rows<{ total: number }>(
    `SELECT count() AS total FROM {database}.predictions FINAL WHERE ${WHICH}`,
    bounds,
  );
  return found?.total ?? 0;
}

/** The largest hash that still belongs to the `rows` smallest. */
async function hashOfSample(engine: Engine, bounds: Parameters, rows: number): Promise<string> {
  const [found] = await engine.rows<{ hash: string }>(
    `SELECT toString(cityHash64(prediction_id)) AS hash FROM {database}.predictions FINAL WHERE ${WHICH}
     ORDER BY cityHash64(prediction_id) LIMIT 1 OFFSET {skip:UInt64}`,
    { ...bounds, skip: rows - 1 },
  );
  return found?.hash ?? LARGEST_HASH;
}

async function count(engine: Engine, parameters: Parameters): Promise<{ rows: number; labelled: number }> {
  const [found] = await engine.rows<{ rows: number; labelled: number }>(
    `SELECT count() AS rows, countIf(label IS NOT NULL) AS labelled FROM (${QUERY})`,
    parameters,
  );
  return found ?? { rows: 0, labelled: 0 };
}
