import type { ClassWeights, Outcomes, ScoredOutcome } from '../../detectors/terms.ts';
import { delayParameters, standsFor, type DelayWeights } from './delay-weights.ts';
import type { Engine } from './engine.ts';
import { exactSum, sizesOf, sumOfSizes, termColumns } from './exact-sum.ts';
import { labelledParameters, labelledPredictions, type LabelledQuery } from './labelled-predictions.ts';
import { nearScore } from './near-score.ts';

export interface OutcomeRow {
  readonly version: string;
  readonly slice: string;
  /** Start of the bucket, when the window was cut into buckets; otherwise the start of the window. */
  readonly from: number;
  readonly outcomes: Outcomes;
}

export interface OutcomeQuery extends LabelledQuery {
  /** Cuts the window into buckets of this length; by default one. */
  readonly bucketMs?: number;
  /** Reads predictions that are too young to be trusted too, their labels weighted for those still to come. */
  readonly forecast?: DelayWeights;
}

interface Row {
  readonly version: string;
  readonly slice: string;
  readonly bucket_from: number;
  readonly scores: readonly number[];
  readonly positives: readonly number[];
  readonly negatives: readonly number[];
  readonly unknowns: readonly number[];
  readonly opens: readonly number[];
  readonly weights: readonly (readonly [number, number, number, number])[];
  readonly worths: readonly (readonly [number, number, number, number])[];
  readonly made: number;
  readonly mature: number;
  readonly labelled: number;
}

/** A score to 1 part in 4,096; never on the other side of the threshold. */
const NEAR = (score: string): string => {
  const near = nearScore(score, 11);
  return `if(${score} >= {threshold:Float64}, greatest(${near}, {threshold:Float64}), least(${near}, {below:Float64}))`;
};

/** Weight of a prediction in a forecast: for itself where it is old enough or nothing is known of it. */
const STANDING = `by_propensity * multiIf(old, 1, positive, ${standsFor('positives')}, negative, ${standsFor('negatives')}, 1)`;

/** Sums of a group of scores: of weights, their squares, then of money and its squares. */
const SUMS = [['weight'], ['weight', 'weight'], ['money'], ['money', 'money']].flatMap((factors) => [
  [factors, 'positive'] as const,
  [factors, 'negative'] as const,
]);

/** Money at stake where no label is known. */
const UNKNOWN = '(old OR {young:UInt8}) AND NOT positive AND NOT negative';

/**
 * Labels joined to the scores of the window, by version and slice, grouped by score: of the predictions that are old enough,
 * or in a forecast of all. A repeated prediction counts once. Where predictions carry a propensity, each labelled one
 * stands for 1 / propensity.
 */
export async function readOutcomes(engine: Engine, query: OutcomeQuery): Promise<OutcomeRow[]> {
  const { window, rules, forecast } = query;
  if (window.to <= window.from) return [];
  const old = `toUnixTimestamp64Milli(made_at) <= {matureBefore:Int64}`;
  const rows = await engine.rows<Row>(
    `WITH ${labelledPredictions(query)}, told AS (
       SELECT version, slices, decision, propensity, value, made_at, label, present, assumeNotNull(score) AS exact,
              ${old} AS old, present AND (old OR {young:UInt8}) AS is_told
       FROM made LEFT JOIN known USING prediction_id WHERE score IS NOT NULL
     ), classed AS (
       SELECT version, arrayJoin(slices) AS slice, made_at, old, is_told, ifNull(value, 0) AS worth, 1 / ifNull(propensity, 1) AS by_propensity,
              ${NEAR('exact')} AS near, is_told AND label = {positive:String} AS positive,
              is_told AND label != {positive:String} OR old AND NOT present AND {negative:UInt8} AND (empty({observed:Array(String)}) OR has({observed:Array(String)}, decision)) AS negative
       FROM told
     ), sliced AS (
       SELECT version, slice, near, old, is_told, positive, negative, worth,
              {from:Int64} + intDiv(toUnixTimestamp64Milli(made_at) - {from:Int64}, {bucket:Int64}) * {bucket:Int64} AS bucket_from,
              ${termColumns('weight', `${forecast === undefined ? 'by_propensity' : STANDING} AS weight`)}, ${termColumns('money', 'weight * worth')}
       FROM classed
     ), sized AS (
       SELECT version, slice, bucket_from, near, count() AS made, sum(old) AS mature, sum(is_told AND old) AS labelled,
              sum(positive) AS positives, sum(negative) AS negatives, sum(${UNKNOWN}) AS unknowns, ${exactSum(['money'], UNKNOWN)} AS open,
              ${SUMS.map(([factors, condition], at) => `${exactSum(factors, condition)} AS s${at}`).join(', ')}
       FROM sliced GROUP BY version, slice, bucket_from, near, ${sizesOf(['weight', 'money'])}
     ), judged AS (
       SELECT version, slice, bucket_from, near, sum(sized.made) AS made, sum(sized.mature) AS mature, sum(sized.labelled) AS labelled,
              sum(sized.positives) AS positives, sum(sized.negatives) AS negatives, sum(sized.unknowns) AS unknowns, ${sumOfSizes('sized.open')} AS open,
              ${SUMS.map((_, at) => `${sumOfSizes(`sized.s${at}`)} AS sum${at}`).join(', ')}
       FROM sized GROUP BY version, slice, bucket_from, near
     )
     SELECT version, slice, bucket_from, groupArray(near) AS scores, groupArray(positives) AS positives, groupArray(negatives) AS negatives,
            groupArray(unknowns) AS unknowns, groupArray(open) AS opens, groupArray([sum0, sum1, sum2, sum3]) AS weights, groupArray([sum4, sum5, sum6, sum7]) AS worths,
            sum(judged.made) AS made, sum(judged.mature) AS mature, sum(judged.labelled) AS labelled
     FROM (SELECT * FROM judged ORDER BY near) AS judged GROUP BY version, slice, bucket_from ORDER BY version, slice, bucket_from`,
    {
      ...labelledParameters(query),
      ...thresholdParameters(rules.threshold),
      ...delayParameters(forecast, query),
      positive: rules.positiveLabel,
      negative: rules.unlabelled === 'negative' ? 1 : 0,
      observed: [...(rules.observedDecisions ?? [])],
      young: forecast === undefined ? 0 : 1,
      bucket: query.bucketMs ?? window.to - window.from,
    },
  );
  return rows.map((row) => ({
    version: row.version,
    slice: row.slice,
    from: row.bucket_from,
    outcomes: {
      predictions: row.made,
      mature: row.mature,
      labelled: row.labelled,
      ...(rules.threshold !== undefined && { threshold: rules.threshold }),
      outcomes: row.scores.flatMap((_, at) => outcomeOf(row, at, isSilenceNegative(query)) ?? []),
    },
  }));
}

/** In a forecast, silence will turn out negative but for the positives that are still to come. */
function isSilenceNegative({ forecast, rules }: OutcomeQuery): boolean {
  return forecast !== undefined && forecast.bySlice.size > 0 && rules.unlabelled === 'negative';
}

function outcomeOf(row: Row, at: number, silenceIsNegative: boolean): ScoredOutcome | undefined {
  const [score, positives, negatives] = [row.scores[at]!, row.positives[at]!, row.negatives[at]!];
  const unknown = row.unknowns[at]!;
  if (positives + negatives + unknown === 0) return undefined;
  const weights = classWeights(row.weights[at]!);
  const worth = classWeights(row.worths[at]!);
  const common = {
    score,
    positives,
    negatives,
    ...(unknown > 0 && { unknown }),
    ...(worth.positives + worth.negatives > 0 && { value: worth }),
    ...(row.opens[at]! > 0 && { unknownValue: row.opens[at]! }),
  };
  if (silenceIsNegative) {
    const silent = Math.max(0, positives + negatives + unknown - weights.positives);
    return { ...common, weights: { ...weights, negatives: silent, negativeSquares: silent } };
  }
  return weights.positives === positives && weights.negatives === negatives ? common : { ...common, weights };
}

function classWeights([positives, negatives, positiveSquares, negativeSquares]: Row['weights'][number]): ClassWeights {
  return { positives, negatives, positiveSquares, negativeSquares };
}

/** Without a threshold every score lies above it. */
function thresholdParameters(threshold = -1e300): { readonly threshold: string; readonly below: string } {
  const below = threshold - Math.max(1e-300, Math.abs(threshold) * 1e-12);
  // As text: the engine's client takes a large whole number for an integer that it would have to round.
  return { threshold: String(threshold), below: String(below) };
}
