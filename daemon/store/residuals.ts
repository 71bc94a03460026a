import { binEdges } from '../../detectors/maths/log-bins.ts';
import type { LabelBin, Residuals, ScoredErrors } from '../../detectors/terms.ts';
import { delayParameters, standsFor, type DelayWeights } from './delay-weights.ts';
import type { Engine } from './engine.ts';
import { exactSum, sizesOf, sumOfSizes, termColumns } from './exact-sum.ts';
import { labelledParameters, labelledPredictions, type LabelledQuery } from './labelled-predictions.ts';
import { codeOf } from './number-columns.ts';

/** Sums of a group of scores: four moments, then five with the weights squared. */
const SUMS = [
  ['weight'],
  ['weight', 'error'],
  ['weight', '|error|'],
  ['weight', 'error', 'error'],
  ['weight', 'weight'],
  ['weight', 'weight', 'error'],
  ['weight', 'weight', '|error|'],
  ['weight', 'weight', 'error', 'error'],
  ['weight', 'weight', 'error', 'error', 'error', 'error'],
] as const;

/**
 * Errors of a regression (score less label), by version and slice, summed over predictions with nearly the same score (32
 * groups an octave). Labels that are no numbers count as none.
 * @param forecast also reads predictions that are too young for their labels to be trusted, and weighs these for those still to come
 */
export async function readResiduals(
  engine: Engine,
  query: LabelledQuery,
  forecast?: DelayWeights,
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
              ${termColumns('error', 'if(told, assumeNotNull(score) - assumeNotNull(truth), 0)')},
              ${termColumns('weight', `if(told, ${forecast === undefined ? '1' : `if(old, 1, ${standsFor('negatives')})`} / ifNull(propensity, 1), 1)`)}
       FROM made LEFT JOIN known USING prediction_id WHERE isFinite(made.score)
     ), sized AS (
       SELECT version, slice, near, count() AS made, sum(old) AS mature, sum(told AND old) AS labelled, sum(told) AS labels,
              sum((old OR {young:UInt8}) AND NOT told) AS unknowns,
              ${SUMS.map((factors, at) => `${exactSum(factors, 'told')} AS s${at}`).join(', ')}
       FROM sliced GROUP BY version, slice, near, ${sizesOf(['error', 'weight'])}
     ), judged AS (
       SELECT version, slice, near, sum(sized.made) AS made, sum(sized.mature) AS mature, sum(sized.labelled) AS labelled,
              sum(sized.labels) AS labels, sum(sized.unknowns) AS unknowns,
              ${SUMS.map((_, at) => `${sumOfSizes(`sized.s${at}`)} AS sum${at}`).join(', ')}
       FROM sized GROUP BY version, slice, near
     )
     SELECT version, slice, groupArray(near) AS scores, groupArray(labels) AS labels, groupArray(unknowns) AS unknowns,
            groupArray([sum0, sum1, sum2, sum3]) AS moments, groupArray([sum4, sum5, sum6, sum7, sum8]) AS squares,
            sum(judged.made) AS made, sum(judged.mature) AS mature, sum(judged.labelled) AS labelled
     FROM (SELECT * FROM judged ORDER BY near) AS judged GROUP BY version, slice ORDER BY version, slice`,
    {
      ...labelledParameters(query),
      ...delayParameters(forecast, query),
      young: forecast === undefined ? 0 : 1,
    },
  );
  const labels = forecast === undefined ? await readLabelBins(engine, query) : new Map<string, LabelBin[]>();
  return rows.map((row) => ({
    version: row.version,
    slice: row.slice,
    residuals: {
      predictions: row.made,
      mature: row.mature,
      labelled: row.labelled,
      ...(forecast === undefined && { labels: labels.get(placeOf(row)) ?? [] }),
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

/** What matured labels say, of all scores together, in the bins that numbers are counted in; by version and slice. */
async function readLabelBins(engine: Engine, query: LabelledQuery): Promise<Map<string, LabelBin[]>> {
  const rows = await engine.rows<{
    version: string;
    slice: string;
    groups: (readonly [code: number, weight: number, squares: number])[];
  }>(
    `WITH ${labelledPredictions(query)}, sliced AS (
       SELECT version, arrayJoin(slices) AS slice, if(present, toFloat64OrNull(label), NULL) AS truth, ${codeOf('ifNull(truth, 0)')} AS code,
              ${termColumns('weight', '1 / ifNull(propensity, 1)')}
       FROM made INNER JOIN known USING prediction_id
       WHERE isFinite(made.score) AND isNotNull(truth) AND isFinite(truth) AND toUnixTimestamp64Milli(made_at) <= {matureBefore:Int64}
     ), sized AS (
       SELECT version, slice, toInt32(code) AS code, ${exactSum(['weight'], '1')} AS w, ${exactSum(['weight', 'weight'], '1')} AS ww
       FROM sliced GROUP BY version, slice, code, ${sizesOf(['weight'])}
     ), judged AS (
       SELECT version, slice, code, ${sumOfSizes('w')} AS weight, ${sumOfSizes('ww')} AS squares FROM sized GROUP BY version, slice, code
     )
     SELECT version, slice, groupArray(tuple(code, weight, squares)) AS groups
     FROM (SELECT * FROM judged ORDER BY code) GROUP BY version, slice`,
    labelledParameters(query),
  );
  return new Map(
    rows.map((row) => [
      placeOf(row),
      row.groups
        .map(([code, weight, squares]): LabelBin => {
          const [low, high] = binEdges(code);
          return { low, high, weight, squares };
        })
        .sort((one, other) => one.low - other.low),
    ]),
  );
}

function placeOf({ version, slice }: { readonly version: string; readonly slice: string }): string {
  return JSON.stringify([version, slice]);
}
