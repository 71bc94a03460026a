import type { Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { TRAFFIC } from './prediction-hours.ts';

/** Names of all models that ever sent a prediction. */
export async function readModels(engine: Engine): Promise<string[]> {
  const rows = await engine.rows<{ model: string }>(
    `SELECT DISTINCT model FROM {database}.prediction_minutes WHERE kind = 'score' ORDER BY model`,
  );
  return rows.map((row) => row.model);
}

/** First and last bucket (its start, Unix milliseconds) with predictions of a model; undefined for none. */
export async function readExtent(engine: Engine, model: string): Promise<Window | undefined> {
  const [row] = await engine.rows<{ buckets: number; first: number; last: number }>(
    `SELECT count() AS buckets, toUnixTimestamp(min(bucket)) * 1000 AS first, toUnixTimestamp(max(bucket)) * 1000 AS last
     FROM {database}.prediction_minutes WHERE model = {model:String} AND slice = 'all' AND kind = 'score'`,
    { model },
  );
  return row === undefined || row.buckets === 0 ? undefined : { from: row.first, to: row.last };
}

export interface VersionTraffic {
  readonly model: string;
  readonly version: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly predictions: number;
  /** Since the moment asked for. */
  readonly recent: number;
}

/** Every version that ever answered, with how often; `since` is Unix milliseconds. */
export async function readVersions(engine: Engine, since: number, model = ''): Promise<VersionTraffic[]> {
  const rows = await engine.rows<{
    model: string;
    version: string;
    first: number;
    last: number;
    total: number;
    recently: number;
  }>(
    `SELECT model, version, toUnixTimestamp(min(bucket)) * 1000 AS first, toUnixTimestamp(max(bucket)) * 1000 AS last, sum(count) AS total,
            sumIf(count, bucket >= fromUnixTimestamp64Milli({since:Int64})) AS recently
     FROM {database}.prediction_minutes
     WHERE slice = 'all' AND ${TRAFFIC} AND ({model:String} = '' OR model = {model:String})
     GROUP BY model, version ORDER BY model, last DESC, version`,
    { since, model },
  );
  return rows.map((row) => ({
    model: row.model,
    version: row.version,
    firstSeen: row.first,
    lastSeen: row.last,
    predictions: row.total,
    recent: row.recently,
  }));
}

/** Rows of the raw tables, each record once. */
export async function readStored(
  engine: Engine,
): Promise<{ readonly spans: number; readonly predictions: number; readonly labels: number }> {
  const [row] = await engine.rows<{ spans: number; predictions: number; labels: number }>(
    `SELECT (SELECT count() FROM {database}.otel_traces) AS spans,
            (SELECT sum(count) FROM {database}.prediction_minutes WHERE slice = 'all' AND ${TRAFFIC}) AS predictions,
            (SELECT count() FROM {database}.labels) AS labels`,
  );
  return row ?? { spans: 0, predictions: 0, labels: 0 };
}
