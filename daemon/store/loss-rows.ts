import type { LossRows } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { labelledParameters, labelledPredictions, type LabelledQuery } from './labelled-predictions.ts';
import { MOST_ROWS, sampleOfFeatures } from './samples.ts';

/**
 * Samples of the predictions of a regression, by version, with their features and how far they lay from their labels: in the
 * order of a hash, the same each time. A version whose predictions carry propensities has none: its labels are no fair sample.
 * @param forecast any predictions, without their labels; otherwise those that have a mature one
 */
export async function readLossRows(
  engine: Engine,
  query: LabelledQuery,
  forecast: boolean,
): Promise<ReadonlyMap<string, LossRows>> {
  const rows = await engine.rows<{
    version: string;
    score: number;
    loss: number | null;
    weighted: number;
    numbers: Record<string, number | null>;
    categories: Record<string, string>;
  }>(
    `WITH ${labelledPredictions(query)}, sampled AS (
       SELECT version, prediction_id, assumeNotNull(score) AS score, ifNull(propensity, 1) != 1 AS weighted,
              if(present, toFloat64OrNull(label), NULL) AS truth,
              isNotNull(truth) AND isFinite(truth) AND toUnixTimestamp64Milli(made_at) <= {matureBefore:Int64} AS told,
              if({forecast:UInt8}, NULL, abs(score - truth)) AS loss
       FROM made LEFT JOIN known USING prediction_id WHERE isFinite(made.score) AND ({forecast:UInt8} OR told)
       ORDER BY cityHash64(prediction_id), prediction_id LIMIT {rows:UInt32} BY version
     )
     SELECT sampled.version AS version, sampled.score AS score, sampled.loss AS loss, sampled.weighted AS weighted, numbers, categories
     FROM {database}.predictions AS predictions INNER JOIN sampled ON predictions.prediction_id = sampled.prediction_id AND predictions.version = sampled.version
     WHERE model = {model:String} AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})
       AND prediction_id IN (SELECT prediction_id FROM sampled)
     ORDER BY version, cityHash64(predictions.prediction_id), predictions.prediction_id LIMIT 1 BY version, predictions.prediction_id`,
    { ...labelledParameters(query), rows: MOST_ROWS, forecast: forecast ? 1 : 0 },
  );
  const found = new Map<string, LossRows>();
  for (const version of new Set(rows.map((row) => row.version))) {
    const own = rows.filter((row) => row.version === version);
    if (own.some(({ weighted }) => weighted === 1)) continue;
    const features = sampleOfFeatures(own);
    const kept = own.slice(0, features.rows);
    found.set(version, { features, scores: kept.map(({ score }) => score), losses: kept.map(({ loss }) => loss) });
  }
  return found;
}
