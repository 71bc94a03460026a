import type { Bins } from '../../detectors/maths/bins.ts';
import type { Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { binsOf } from './histograms.ts';

/** Score and latency of one bucket of time. */
export interface SeriesRow {
  /** Start of the bucket, Unix milliseconds. */
  readonly at: number;
  readonly kind: 'score' | 'latency';
  readonly count: number;
  readonly bins: Bins;
}

/** Score and latency histograms of a model over time (of the one score, not of those of classes), in buckets of whole minutes. */
export async function readSeries(
  engine: Engine,
  model: string,
  query: {
    readonly version?: string | undefined;
    readonly slice: string;
    readonly window: Window;
    readonly bucketMs: number;
  },
): Promise<SeriesRow[]> {
  const rows = await engine.rows<{
    kind: 'score' | 'latency';
    at: number;
    records: number;
    codes: Record<string, number>;
  }>(
    `SELECT kind, intDiv(toUnixTimestamp(bucket) * 1000 - {from:Int64}, {step:Int64}) * {step:Int64} + {from:Int64} AS at,
            sum(count) AS records, sumMap(numbers) AS codes
     FROM {database}.prediction_minutes
     WHERE model = {model:String} AND kind IN ('score', 'latency') AND name = '' AND slice = {slice:String}
       AND ({version:String} = '' OR version = {version:String})
       AND bucket >= fromUnixTimestamp64Milli({from:Int64}) AND bucket < fromUnixTimestamp64Milli({to:Int64})
     GROUP BY kind, at ORDER BY at`,
    {
      model,
      slice: query.slice,
      version: query.version ?? '',
      step: query.bucketMs,
      from: query.window.from,
      to: query.window.to,
    },
  );
  return rows.map((row) => ({ at: row.at, kind: row.kind, count: row.records, bins: binsOf(row.codes) }));
}
