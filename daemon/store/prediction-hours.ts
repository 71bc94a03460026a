import type { Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';

export const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The rows whose count is the traffic of their version and slice. */
export const TRAFFIC = `kind = 'score' AND name = ''`;

/**
 * Buckets of a stretch, by `bucketBounds`: numbers, because the engine takes as long to understand a function of each bound as
 * to read the rows.
 */
export const WITHIN = 'bucket >= {fromSecond:UInt32} AND bucket < {toSecond:UInt32}';
const LAST_SECOND = 2 ** 32 - 1;

/** The parameters of `WITHIN`. */
export function bucketBounds({ from, to }: Window): { readonly fromSecond: number; readonly toSecond: number } {
  const second = (ms: number): number => Math.min(LAST_SECOND, Math.max(0, Math.ceil(ms / 1000)));
  return { fromSecond: second(from), toSecond: second(to) };
}
const COLUMNS = 'model, version, slice, kind, name, bucket, traffic, count, missing, numbers, categories';

/** Every hour of some models as (model, hour, traffic), as the minutes have it now. */
export const TRAFFIC_OF_HOURS = `SELECT model, toStartOfHour(bucket) AS hour, sum(count) AS traffic FROM {database}.prediction_minutes
  WHERE model IN {models:Array(String)} AND ${WITHIN} AND ${TRAFFIC} GROUP BY model, hour`;

/** The whole hours of a stretch; from and to are the same where there is none. */
export function wholeHours({ from, to }: Window): Window {
  const first = Math.ceil(from / HOUR) * HOUR;
  return { from: first, to: Math.max(first, Math.floor(to / HOUR) * HOUR) };
}

/**
 * Condenses the minutes of the whole hours of a stretch, where the hours are not up to date: a day at a time, so that what is
 * in memory stays bounded. What is counted and how much traffic that is come out of one reading, so that they belong together
 * whatever is loaded meanwhile.
 */
export async function condenseHours(engine: Engine, model: string, stretch: Window): Promise<void> {
  const { from, to } = wholeHours(stretch);
  for (let start = from; start < to; start += DAY)
    await engine.run(
      `INSERT INTO {database}.prediction_hours (${COLUMNS})
       SELECT model, version, slice, kind, name, hour, in_all, records, absent, codes, texts FROM (
         SELECT model, version, slice, kind, name, hour, records, absent, codes, texts,
                sum(if(${TRAFFIC}, records, 0)) OVER (PARTITION BY hour) AS in_all
         FROM (
           SELECT model, version, slice, kind, name, toStartOfHour(bucket) AS hour, sum(count) AS records, sum(missing) AS absent,
                  sumMap(numbers) AS codes, sumMap(categories) AS texts
           FROM {database}.prediction_minutes WHERE model = {model:String} AND ${WITHIN}
           GROUP BY model, version, slice, kind, name, hour))
       WHERE in_all > 0 AND (hour, in_all) NOT IN
         (SELECT bucket, traffic FROM {database}.prediction_hours WHERE model = {model:String} AND ${WITHIN} AND ${TRAFFIC})`,
      { model, ...bucketBounds({ from: start, to: Math.min(to, start + DAY) }) },
    );
}

/**
 * Copies the hours of a stretch of a model under the id of a reference, after its minutes: those that count what the copied minutes
 * count, so that who reads them need not look.
 */
export async function copyHours(engine: Engine, id: string, model: string, stretch: Window): Promise<void> {
  await engine.run(
    `INSERT INTO {database}.reference_prediction_hours (${COLUMNS})
     SELECT {id:String}, version, slice, kind, name, bucket, traffic, count, missing, numbers, categories
     FROM {database}.prediction_hours WHERE model = {model:String} AND ${WITHIN} AND (bucket, traffic) IN
       (SELECT toStartOfHour(bucket) AS hour, sum(count) FROM {database}.reference_prediction_minutes
        WHERE model = {id:String} AND ${WITHIN} AND ${TRAFFIC} GROUP BY hour)`,
    { id, model, ...bucketBounds(stretch) },
  );
}

/** Whether a row of `prediction_hours` counts what the minutes count now. */
export const IS_UP_TO_DATE = `(model, bucket, traffic) IN (${TRAFFIC_OF_HOURS})`;
