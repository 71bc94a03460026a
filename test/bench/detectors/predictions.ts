import type { Engine } from '../../../daemon/store/engine.ts';
import type { Window } from '../../../detectors/terms.ts';

const HOUR = 3_600_000;
const CHUNK = 50_000;

/** A reference and a window of an hour each, on one day of last month. */
export function stretches(): { readonly reference: Window; readonly window: Window; readonly month: number } {
  const now = new Date();
  const day = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 10, 10);
  const first = new Date(day);
  return {
    reference: { from: day, to: day + HOUR },
    window: { from: day + HOUR, to: day + 2 * HOUR },
    month: first.getUTCFullYear() * 100 + first.getUTCMonth() + 1,
  };
}

/**
 * Predictions made by the engine: log-normal features with two decimals, a score, spread over a stretch; the same each run.
 * @param scale of every tenth feature, to have something move
 */
export async function storePredictions(
  engine: Engine,
  model: string,
  { window, rows, features, scale = 1 }: { window: Window; rows: number; features: number; scale?: number },
): Promise<void> {
  for (let first = 0; first < rows; first += CHUNK)
    await engine.run(
      `INSERT INTO {database}.predictions (timestamp, model, version, role, prediction_id, numbers_given, score, received_at, segment)
       SELECT fromUnixTimestamp64Milli(toInt64({from:Int64} + intDiv(n * {length:Int64}, {rows:Int64}))) AS timestamp, {model:String}, 'v1', 'control', concat({model:String}, toString({from:Int64}), '-', toString(n)),
              CAST((arrayMap(i -> concat('f', toString(i)), range({features:UInt32})),
                    arrayMap(i -> round(exp(2 + 2.4 * (cityHash64(n, i, 1) / 18446744073709551615 + cityHash64(n, i, 2) / 18446744073709551615 + cityHash64(n, i, 3) / 18446744073709551615 - 1.5)) * if(i % 10 = 0, {scale:Float64}, 1), 2), range({features:UInt32}))), 'Map(LowCardinality(String), Float64)'),
              cityHash64(n, 7) / 18446744073709551615, timestamp, 1
       FROM (SELECT number + {first:Int64} AS n FROM numbers({count:UInt32}))`,
      {
        model,
        from: window.from,
        length: window.to - window.from,
        rows,
        features,
        scale,
        first,
        count: Math.min(CHUNK, rows - first),
      },
    );
}
