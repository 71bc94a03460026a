import type { Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { condenseHours } from './prediction-hours.ts';
import { sliceParameters, slicesOf } from './labelled-predictions.ts';
import { codeOf, MISSING_CODE, NUMBER_NAMES } from './number-columns.ts';

/** A calendar month (UTC) that has raw rows, as 202611, and how many. */
export interface StoredMonth {
  readonly month: number;
  readonly predictions: number;
}

/** The months whose predictions are stored as they came. */
export async function readStoredMonths(engine: Engine): Promise<StoredMonth[]> {
  return engine.rows(
    'SELECT toYYYYMM(timestamp) AS month, count() AS predictions FROM {database}.predictions GROUP BY month ORDER BY month',
  );
}

/**
 * Counts the prediction rollups of one month anew from the raw rows, and puts them in place of the old ones in one step.
 * Numbers and categories come out as at the door; a feature counts as missing in all records of a version that had it in
 * this month, and limits on slices and categories are not applied. Nothing may be loaded meanwhile: it would not be counted.
 * @param rulesOf what the traffic of a model is cut by
 * @param progress hears of each model that is done
 */
export async function rebuildRollups(
  engine: Engine,
  month: number,
  rulesOf: (model: string) => readonly string[],
  progress: (model: string, done: number, of: number) => void = () => undefined,
): Promise<void> {
  const fresh = `{database}.prediction_minutes_rebuilt`;
  await engine.run(`DROP TABLE IF EXISTS ${fresh}`);
  await engine.run(`CREATE TABLE ${fresh} AS {database}.prediction_minutes`);
  try {
    const models = await engine.rows<{ model: string }>(
      'SELECT DISTINCT model FROM {database}.predictions WHERE toYYYYMM(timestamp) = {month:UInt32} ORDER BY model',
      { month },
    );
    for (const [at, { model }] of models.entries()) {
      const slices = rulesOf(model);
      const inMonth = 'AND toYYYYMM(timestamp) = {month:UInt32}';
      await engine.run(`INSERT INTO ${fresh} ${counted(slices, inMonth)}`, {
        model,
        month,
        ...sliceParameters(slices),
      });
      progress(model, at + 1, models.length);
    }
    await engine.run(`INSERT INTO ${fresh} ${MARKED}`, { month });
    // Hours would be told from the minutes they were made of by their traffic alone, which may be as it was.
    await engine.run(`ALTER TABLE {database}.prediction_hours DROP PARTITION ${month}`);
    await engine.run(`ALTER TABLE {database}.prediction_minutes REPLACE PARTITION ${month} FROM ${fresh}`);
    for (const { model } of models) await condenseHours(engine, model, monthOf(month));
  } finally {
    await engine.run(`DROP TABLE IF EXISTS ${fresh}`);
  }
}

/** From its first moment to that of the next. */
function monthOf(month: number): Window {
  const [year, at] = [Math.floor(month / 100), (month % 100) - 1];
  return { from: Date.UTC(year, at), to: Date.UTC(year, at + 1) };
}

/** Counts all rows of a model into its rollups, which hold nothing of it yet; rejects where that takes too much memory or time. */
export async function countRollups(engine: Engine, model: string, slices: readonly string[]): Promise<void> {
  const into = 'INSERT INTO {database}.prediction_minutes';
  const columns = '(model, version, slice, kind, name, bucket, count, missing, numbers, categories)';
  const caps = 'SETTINGS max_memory_usage = 3000000000, max_execution_time = 600';
  await engine.run(`${into} ${columns} ${counted(slices, '')} ${caps}`, { model, ...sliceParameters(slices) });
}

const CODE = (value: string): string => `toInt32(${codeOf(value)})`;

/** Every value of a record as (kind, name, bin, category): the bin is -1 for what is no number. */
const VALUES = `arrayConcat(
  arrayFilter(entry -> entry.3 != ${MISSING_CODE}, arrayMap((name, value) -> ('feature', name, ${CODE('value')}, ''), ${NUMBER_NAMES}, number_values)),
  arrayMap((name, value) -> ('feature', name, toInt32(-1), if(lengthUTF8(value) > 256, 'other', value)), mapKeys(categories), mapValues(categories)),
  arrayMap((name, value) -> ('score', name, ${CODE('value')}, ''), mapKeys(scores), mapValues(scores)),
  if(isNull(score), [], [('score', '', ${CODE('assumeNotNull(score)')}, '')]),
  if(isNull(latency_ms), [], [('latency', '', ${CODE('assumeNotNull(latency_ms)')}, '')]),
  if(decision = '', [], [('decision', '', toInt32(-1), decision)]))`;

const BUCKET = `if(toUnixTimestamp64Milli(received_at) - toUnixTimestamp64Milli(timestamp) > 7200000,
              toStartOfHour(timestamp), toStartOfMinute(timestamp))`;

/** The marks of the segments that the rows came with, as `ingest/spool/segment-marks.ts` writes them: a retry must find them. */
const MARKED = `
  SELECT '' AS model, '' AS version, '' AS slice, 'segment' AS kind, '' AS name, bucket, 0 AS count, 0 AS missing,
         CAST((groupArray(mark), groupArray(toUInt64(1))), 'Map(Int32, UInt64)') AS numbers,
         CAST(([], []), 'Map(String, UInt64)') AS categories
  FROM (SELECT DISTINCT ${BUCKET} AS bucket, toInt32(segment % 2147483647) AS mark
        FROM {database}.predictions WHERE toYYYYMM(timestamp) = {month:UInt32})
  GROUP BY bucket`;

const counted = (slices: readonly string[], also: string): string => `
  WITH made AS (
    SELECT version, ${slicesOf(slices)} AS slices, ${VALUES} AS entries, mapKeys(embeddings) AS apart,
           ${BUCKET} AS bucket
    FROM {database}.predictions FINAL WHERE model = {model:String} ${also}
  ), cells AS (
    SELECT version, slice, bucket, entry.1 AS kind, entry.2 AS name, entry.3 AS code, entry.4 AS category, count() AS times
    FROM made ARRAY JOIN entries AS entry ARRAY JOIN slices AS slice GROUP BY version, slice, bucket, kind, name, code, category
  ), summed AS (
    SELECT version, slice, bucket, kind, name, sum(times) AS present,
           CAST((groupArrayIf(code, code >= 0), groupArrayIf(times, code >= 0)), 'Map(Int32, UInt64)') AS numbers,
           CAST((groupArrayIf(category, code < 0), groupArrayIf(times, code < 0)), 'Map(String, UInt64)') AS categories
    FROM cells GROUP BY version, slice, bucket, kind, name
  ), totals AS (
    SELECT version, slice, bucket, count() AS records FROM made ARRAY JOIN slices AS slice GROUP BY version, slice, bucket
  ), names AS (
    SELECT DISTINCT version, kind, name FROM summed UNION DISTINCT SELECT DISTINCT version, 'score', '' FROM made
  ), embedded AS (
    SELECT version, slice, bucket, 'feature' AS kind, name, count() AS set_apart
    FROM made ARRAY JOIN apart AS name ARRAY JOIN slices AS slice GROUP BY version, slice, bucket, name
  )
  SELECT {model:String} AS model, version, slice, kind, name, bucket, records - set_apart AS count, records - set_apart - present AS missing,
         numbers, categories
  FROM totals INNER JOIN names USING version
  LEFT JOIN summed USING (version, slice, bucket, kind, name)
  LEFT JOIN embedded USING (version, slice, bucket, kind, name)
  WHERE records > set_apart`;
