import { defaultConfig } from '../../../daemon/config/config.ts';
import { openStore } from '../../../daemon/store/store.ts';

export interface Traffic {
  readonly model: string;
  readonly rows: number;
  readonly features: readonly string[];
  readonly from: number;
  readonly everyMs: number;
  /** One prediction of this many has a label; 0 for none. */
  readonly labelledOf: number;
}

const A_BLOCK = 100_000;

/**
 * Records predictions as ingest does: amounts with two decimals, counts, shares in full precision and flags, by turns; one
 * tag, a score, money. Made by the engine, block by block, then merged, as everything older than a few minutes is.
 */
export async function recordTraffic(
  directory: string,
  traffic: readonly Traffic[],
  progress: (line: string) => void,
): Promise<void> {
  const store = await openStore(defaultConfig().store, directory);
  for (const { model, rows, features, from, everyMs, labelledOf } of traffic) {
    progress(`recording ${rows} predictions of ${model} with ${features.length} features`);
    for (let at = 0; at < rows; at += A_BLOCK) {
      const parameters = {
        model,
        features: [...features],
        from,
        everyMs,
        at,
        count: Math.min(A_BLOCK, rows - at),
        labelledOf,
      };
      await store.bulk.run(
        `INSERT INTO {database}.predictions (timestamp, received_at, model, version, role, prediction_id, numbers_given, score, value, tags)
         WITH number + {at:UInt64} AS n, fromUnixTimestamp64Milli(toInt64({from:Int64} + n * {everyMs:UInt32})) AS made
         SELECT made, made, {model:String}, 'v1', 'control', concat('payment-', lower(hex(sipHash128(n)))),
           CAST(({features:Array(String)}, arrayMap(i -> multiIf(i % 4 = 0, (cityHash64(n, i) % 100000) / 100,
             i % 4 = 1, toFloat64(cityHash64(n, i) % 20), i % 4 = 2, cityHash64(n, i) / 18446744073709551615,
             toFloat64(cityHash64(n, i) % 2)), range(length({features:Array(String)})))), 'Map(LowCardinality(String), Float64)'),
           (cityHash64(n) % 100000) / 100000, (cityHash64(n, 'value') % 20000) / 100, map('region', ['EU', 'US', 'APAC'][n % 3 + 1])
         FROM numbers({count:UInt64})`,
        parameters,
      );
      if (labelledOf > 0)
        await store.bulk.run(
          `INSERT INTO {database}.labels (prediction_id, timestamp, received_at, label)
           WITH number + {at:UInt64} AS n SELECT concat('payment-', lower(hex(sipHash128(n)))), now64(3), now64(3), toString(cityHash64(n) % 100000 > 90000)
           FROM numbers({count:UInt64}) WHERE cityHash64(n, 'label') % {labelledOf:UInt64} = 0`,
          parameters,
        );
    }
  }
  progress('merging');
  await store.bulk.run('OPTIMIZE TABLE {database}.predictions FINAL');
  await store.close();
}
