import type { Residuals, ScoredErrors } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { labelledParameters, labelledPredictions, type LabelledQuery } from './labelled-predictions.ts';

/**
 * Errors of a regression (score less label), by version and slice, summed over predictions with nearly the same score (32
 * groups an octave). Labels that are no numbers count as none.
 * @param forecast also reads predictions that are too young for their labels to be trusted
 */
export async function readResiduals(
  engine: Engine,
  query: LabelledQuery,
  forecast = false,
): Promise<{ readonly version: string; readonly slice: string; readonly residuals: Residuals }[]> {
  const { window } = query;
  if (window.to <= window.from) return [];
  const rows = await engine.rows<{
    version: string;
    slice: string;
    scores: number[];
    labels: number[];
    unknowns: number[];
    moments: [number, number, number, number][];
    squares: [number, number, number, number, number][];
    made: number;
    mature: number;
    labelled: number;
  }>(
    `WITH ${labelledPredictions(query)}, sliced AS (
       SELECT version, arrayJoin(slices) AS slice,
              toFloat64(reinterpretAsFloat32(bitAnd(reinterpretAsUInt32(toFloat32(assumeNotNull(score))), 4294705152))) AS near,
              toUnixTimestamp64Milli(made_at) <= {matureBefore:Int64} AS old,
              if(present, toFloat64OrNull(label), NULL) AS truth, isNotNull(truth) AND isFinite(truth) AND (old OR {young:UInt8}) AS told,
              assumeNotNull(score) - ifNull(truth, 0) AS error, 1 / ifNull(propensity, 1) AS weight
       FROM made LEFT JOIN known USING prediction_id WHERE score IS NOT NULL
     ), judged AS (
       SELECT version, slice, near, count() AS made, sum(old) AS mature, sum(told AND old) AS labelled, sum(told) AS labels,
              sum((old OR {young:UInt8}) AND NOT told) AS unknowns,
              [sumIf(weight, told), sumIf(weight * error, told), sumIf(weight * abs(error), told), sumIf(weight * pow(error, 2), told)] AS moments,
              [sumIf(pow(weight, 2), told), sumIf(pow(weight, 2) * error, told), sumIf(pow(weight, 2) * abs(error), told),
               sumIf(pow(weight * error, 2), told), sumIf(pow(weight, 2) * pow(error, 4), told)] AS squares
       FROM sliced GROUP BY version, slice, near
     )
     SELECT version, slice, groupArray(near) AS scores, groupArray(labels) AS labels, groupArray(unknowns) AS unknowns,
            groupArray(moments) AS moments, groupArray(squares) AS squares,
            sum(judged.made) AS made, sum(judged.mature) AS mature, sum(judged.labelled) AS labelled
     FROM (SELECT * FROM judged ORDER BY near) AS judged GROUP BY version, slice ORDER BY version, slice`,
    { ...labelledParameters(query), young: forecast ? 1 : 0 },
  );
  return rows.map((row) => ({
    version: row.version,
    slice: row.slice,
    residuals: {
      predictions: row.made,
      mature: row.mature,
      labelled: row.labelled,
      errors: row.scores
        .map((score, at): ScoredErrors => ({
          score,
          count: row.labels[at]!,
          unknown: row.unknowns[at]!,
          moments: row.moments[at]!,
          squares: row.squares[at]!,
        }))
        .filter(({ count, unknown }) => count + unknown > 0),
    },
  }));
}
