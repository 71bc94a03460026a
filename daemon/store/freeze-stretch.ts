import type { Window } from '../../detectors/terms.ts';
import type { Engine, Parameters } from './engine.ts';
import { discardReference } from './load-reference.ts';
import { copyHours } from './prediction-hours.ts';

export interface Stretch {
  readonly model: string;
  /** Only what this version answered; null for all. */
  readonly version: string | null;
  readonly window: Window;
}

const OF_MODEL = `model = {model:String} AND ({version:String} = '' OR version = {version:String})`;
const MADE = `${OF_MODEL} AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})`;
const COLUMNS = `number_names, number_values, categories, embeddings, score, scores, decision, value, propensity, latency_ms, trace_id, span_id, tags, received_at, segment`;
/** Rows are wide: few at a time, so that hundreds of features of a million rows take no more memory than of a thousand. */
const NARROW = `SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 4096,
  min_insert_block_size_rows = 32768, min_insert_block_size_bytes = 67108864`;
const HASHES = 2n ** 64n - 1n;

/**
 * Copies the rollups of a stretch, and its rows, into the tables of references under an id; what an earlier attempt left
 * goes first. Labels stay where they are: they go on coming.
 * @param mostRows of more rows an even sample is kept, by the hash of the `prediction_id`
 */
export async function freezeStretch(engine: Engine, id: string, stretch: Stretch, mostRows: number): Promise<void> {
  const bound = parametersOf(stretch);
  await discardReference(engine, id);
  await engine.run(
    `INSERT INTO {database}.reference_prediction_minutes (model, version, slice, kind, name, bucket, count, missing, numbers, categories)
     SELECT {id:String}, version, slice, kind, name, bucket, count, missing, numbers, categories FROM {database}.prediction_minutes
     WHERE ${OF_MODEL} AND bucket >= fromUnixTimestamp64Milli({from:Int64}) AND bucket < fromUnixTimestamp64Milli({to:Int64}) ${NARROW}`,
    { ...bound, id },
  );
  await copyHours(engine, id, stretch.model, stretch.window);
  const [found] = await engine.rows<{ rows: number }>(
    `SELECT uniqExact(prediction_id) AS rows FROM {database}.predictions WHERE ${MADE}`,
    bound,
  );
  const rows = found?.rows ?? 0;
  const largest = rows > mostRows ? (HASHES * BigInt(mostRows)) / BigInt(rows) : HASHES;
  await engine.run(
    `INSERT INTO {database}.reference_predictions (timestamp, model, version, role, prediction_id, ${COLUMNS}, label)
     SELECT timestamp, {id:String}, version, role, prediction_id, ${COLUMNS}, NULL FROM {database}.predictions
     WHERE ${MADE} AND cityHash64(prediction_id) <= {largest:UInt64} ${NARROW}`,
    { ...bound, id, largest: largest.toString() },
  );
}

/** When the last prediction of a stretch was received, Unix milliseconds; undefined where no row is left, or none came. */
export async function lastReceived(engine: Engine, stretch: Stretch): Promise<number | undefined> {
  const [found] = await engine.rows<{ last: number | null }>(
    `SELECT toUnixTimestamp64Milli(maxOrNull(received_at)) AS last FROM {database}.predictions WHERE ${MADE}`,
    parametersOf(stretch),
  );
  return found?.last ?? undefined;
}

function parametersOf({ model, version, window }: Stretch): Parameters {
  return { model, version: version ?? '', from: window.from, to: window.to };
}
