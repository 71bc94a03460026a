import type { Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';

/** Hours (start, Unix milliseconds) of a stretch of a model that predictions received since a moment belong to, and when the last of each was. */
export async function readReceivedHours(
  engine: Engine,
  model: string,
  { from, to }: Window,
  since: number,
): Promise<{ readonly hour: number; readonly received: number }[]> {
  return engine.rows(
    `SELECT toUnixTimestamp(toStartOfHour(timestamp)) * 1000 AS hour, toUnixTimestamp64Milli(max(received_at)) AS received FROM {database}.predictions
     WHERE model = {model:String} AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})
       AND received_at >= fromUnixTimestamp64Milli({since:Int64})
     GROUP BY hour ORDER BY hour`,
    { model, from, to, since },
  );
}
