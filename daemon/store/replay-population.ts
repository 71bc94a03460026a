import type { Window } from '../../detectors/terms.ts';
import type { Engine, Parameters } from './engine.ts';

/** The recorded predictions that a replay covers. */
export interface Population {
  readonly model: string;
  /** Versions that answered. */
  readonly versions: readonly string[];
  readonly window: Window;
  /** Predictions that came later do not belong to the replay. */
  readonly receivedBy: number;
  /** Largest `cityHash64(prediction_id)` of the sample, in decimal; the largest possible for no sample. */
  readonly hashAtMost: string;
  /** A stratified sample: predictions that the control declines (score at or above `threshold`) have a limit of their own. */
  readonly declined?: { readonly threshold: number; readonly hashAtMost: string } | undefined;
}

export const LARGEST_HASH = '18446744073709551615';

/** The hash up to which about a `share` of all predictions lies. */
export function hashOfShare(share: number): string {
  if (share >= 1) return LARGEST_HASH;
  return String(BigInt(Math.floor(share * 2 ** 53)) << 11n);
}

/** Rows of a population as a WHERE clause, to be bound by `bindPopulation`. */
export function inPopulation(population: Population): string {
  const answered = `model = {model:String} AND version IN {versions:Array(String)}
    AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})
    AND received_at <= fromUnixTimestamp64Milli({receivedBy:Int64})`;
  if (population.declined !== undefined)
    return `${answered} AND cityHash64(prediction_id) <= if(ifNull(score, 0) >= {declinedFrom:Float64}, {declinedHash:UInt64}, {hashAtMost:UInt64})`;
  // Ids are long to read: without a sample nobody asks for them here.
  return population.hashAtMost === LARGEST_HASH
    ? answered
    : `${answered} AND cityHash64(prediction_id) <= {hashAtMost:UInt64}`;
}

export function bindPopulation(population: Population): Parameters {
  const { model, versions, window, receivedBy, hashAtMost, declined } = population;
  return {
    model,
    versions: [...versions],
    from: window.from,
    to: window.to,
    receivedBy,
    hashAtMost,
    declinedFrom: declined?.threshold ?? 0,
    declinedHash: declined?.hashAtMost ?? hashAtMost,
  };
}

/** Predictions of one version: all, and those with a score at or above a threshold. */
export interface RecordedCount {
  readonly version: string;
  readonly count: number;
  readonly declined: number;
}

/** Versions with predictions in a window, and how many; a repeated prediction counts once. */
export async function countRecorded(
  engine: Engine,
  population: Omit<Population, 'versions' | 'hashAtMost'>,
  version: string | null,
  threshold: number,
): Promise<RecordedCount[]> {
  const { model, window, receivedBy } = population;
  return engine.rows(
    `SELECT version, count() AS count, countIf(ifNull(score, 0) >= {threshold:Float64}) AS declined
     FROM {database}.predictions FINAL
     WHERE model = {model:String} AND ({version:String} = '' OR version = {version:String})
       AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})
       AND received_at <= fromUnixTimestamp64Milli({receivedBy:Int64})
     GROUP BY version ORDER BY version`,
    { model, version: version ?? '', from: window.from, to: window.to, receivedBy, threshold },
  );
}

/** Predictions of a population; a repeated one counts once. */
export async function countPopulation(engine: Engine, population: Population): Promise<number> {
  const [found] = await engine.rows<{ count: number }>(
    `SELECT count() AS count FROM {database}.predictions FINAL WHERE ${inPopulation(population)}`,
    bindPopulation(population),
  );
  return found?.count ?? 0;
}

/**
 * The hash up to which a sample of `count` predictions reaches: the same predictions each time, a smaller sample inside a
 * larger one.
 * @param of only predictions with a score at or above the threshold (`declined`), only the others, or all
 */
export async function hashOfSample(
  engine: Engine,
  population: Population,
  count: number,
  of: 'all' | 'declined' | 'approved' = 'all',
  threshold = 0,
): Promise<string> {
  const stratum = {
    all: 'true',
    declined: 'ifNull(score, 0) >= {threshold:Float64}',
    approved: 'NOT ifNull(score, 0) >= {threshold:Float64}',
  }[of];
  const found = await engine.rows<{ hash: string; count: number }>(
    `SELECT toString(max(hash)) AS hash, count() AS count FROM (
       SELECT cityHash64(prediction_id) AS hash FROM {database}.predictions FINAL
       WHERE ${inPopulation(population)} AND ${stratum} ORDER BY hash LIMIT {count:UInt64})`,
    { ...bindPopulation(population), count, threshold },
  );
  const [sample] = found;
  return sample === undefined || sample.count < count ? population.hashAtMost : sample.hash;
}

/** Names of the tags and features that recorded predictions carry: what slices can be cut by. */
export async function readCuttable(engine: Engine, model: string, window: Window): Promise<string[]> {
  const found = await engine.rows<{ name: string }>(
    `SELECT arrayJoin(arrayDistinct(arrayConcat(groupUniqArrayArray(5000)(tagged), groupUniqArrayArray(5000)(categorical), groupUniqArrayArray(5000)(numeric)))) AS name FROM (
       SELECT mapKeys(tags) AS tagged, mapKeys(categories) AS categorical, mapKeys(numbers) AS numeric FROM {database}.predictions
       WHERE model = {model:String} AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})
       LIMIT 100000)
     ORDER BY name LIMIT 5000`,
    { model, from: window.from, to: window.to },
  );
  return found.map((row) => row.name);
}
