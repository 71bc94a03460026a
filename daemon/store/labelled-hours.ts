import type { Engine } from './engine.ts';

/** Hours (start, Unix milliseconds) of the predictions that labels received since a moment belong to, by model. */
export async function readLabelledHours(
  engine: Engine,
  since: number,
): Promise<{ readonly model: string; readonly hour: number }[]> {
  return engine.rows(
    `SELECT DISTINCT model, toUnixTimestamp(toStartOfHour(timestamp)) * 1000 AS hour
     FROM {database}.predictions
     WHERE prediction_id IN (SELECT prediction_id FROM {database}.labels WHERE received_at >= fromUnixTimestamp64Milli({since:Int64}))
     ORDER BY model, hour`,
    { since },
  );
}
