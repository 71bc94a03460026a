import type { ClassWeights, Outcomes, ScoredOutcome } from '../../detectors/terms.ts';
import { delayParameters, standsFor, type DelayWeights } from './delay-weights.ts';
import type { Engine } from './engine.ts';
import { exactSums, sizeAdder, termColumns } from './exact-sum.ts';
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

/** What is known of the label of a prediction: it is young and does not count, is positive, is negative, is not known. */
const [POSITIVE, NEGATIVE, UNKNOWN] = [1, 2, 3] as const;

interface Row {
  readonly version: string;
  readonly slice: string;
  readonly bucket_from: number;
  /** Columns of groups with the same score, side and sizes, in this order. */
  readonly scores: readonly number[];
  readonly sides: readonly number[];
  readonly weight_sizes: readonly number[];
  readonly money_sizes: readonly number[];
  readonly counts: readonly number[];
  /** `SUMS` of each group. */
  readonly sums: readonly number[];
  readonly made: number;
  readonly mature: number;
  readonly labelled: number;
}

/** A score to 1 part in 4,096; never on the other side of the threshold. */
const NEAR = (score: string): string => {
  return `if(${score} >= {threshold:Float64}, greatest(${nearScore(score, 11)} AS rounded, {threshold:Float64}), least(rounded, {below:Float64}))`;
};

/** Weight of a prediction in a forecast: for itself where it is old enough or nothing is known of it. */
const STANDING = `by_propensity * multiIf(old, 1, positive, ${standsFor('positives')}, negative, ${standsFor('negatives')}, 1)`;

/** Sums of a group of scores: of weights, their squares, then of money and its squares. */
const SUMS = [['weight'], ['weight', 'weight'], ['money'], ['money', 'money']] as const;
const addSize = sizeAdder(SUMS, ['weight', 'money']);

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
       SELECT version, slice, near, old, is_told, multiIf(positive, ${POSITIVE}, negative, ${NEGATIVE}, old OR {young:UInt8}, ${UNKNOWN}, 0) AS side,
              {from:Int64} + intDiv(toUnixTimestamp64Milli(made_at) - {from:Int64}, {bucket:Int64}) * {bucket:Int64} AS bucket_from,
              ${termColumns('weight', `${forecast === undefined ? 'by_propensity' : STANDING} AS weight`)}, ${termColumns('money', 'weight * worth')}
       FROM classed
     ), sized AS (
       SELECT version, slice, bucket_from, near, side, weight_size, money_size, count() AS records, ${exactSums(SUMS)} AS sums,
              sum(old) AS mature, sum(is_told AND old) AS labelled
       FROM sliced GROUP BY version, slice, bucket_from, near, side, weight_size, money_size
     )
     SELECT version, slice, bucket_from, groupArray(near) AS scores, groupArray(side) AS sides, groupArray(weight_size) AS weight_sizes,
            groupArray(money_size) AS money_sizes, groupArray(records) AS counts, arrayFlatten(groupArray(sized.sums)) AS sums,
            sum(records) AS made, sum(sized.mature) AS mature, sum(sized.labelled) AS labelled
     FROM (SELECT * FROM sized ORDER BY near, side, weight_size, money_size) AS sized
     GROUP BY version, slice, bucket_from ORDER BY version, slice, bucket_from`,
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
      outcomes: outcomesOf(row, isSilenceNegative(query)),
    },
  }));
}

/** In a forecast, silence will turn out negative but for the positives that are still to come. */
function isSilenceNegative({ forecast, rules }: OutcomeQuery): boolean {
  return forecast !== undefined && forecast.bySlice.size > 0 && rules.unlabelled === 'negative';
}

/** What is known of each score, by ascending score. */
function outcomesOf(row: Row, silenceIsNegative: boolean): ScoredOutcome[] {
  const outcomes: ScoredOutcome[] = [];
  let [at, end] = [0, 0];
  for (; at < row.scores.length; at = end) {
    const counts = [0, 0, 0, 0];
    const sums = counts.map(() => SUMS.map(() => 0));
    for (end = at; row.scores[end] === row.scores[at]; end++) {
      const side = row.sides[end]!;
      counts[side]! += row.counts[end]!;
      addSize(sums[side]!, [row.weight_sizes[end]!, row.money_sizes[end]!], row.sums, end * SUMS.length);
    }
    const outcome = outcomeOf(row.scores[at]!, counts, sums, silenceIsNegative);
    if (outcome !== undefined) outcomes.push(outcome);
  }
  return outcomes;
}

/** @param counts, sums by side */
function outcomeOf(
  score: number,
  counts: readonly number[],
  sums: readonly (readonly number[])[],
  silenceIsNegative: boolean,
): ScoredOutcome | undefined {
  const [positives, negatives, unknown] = [counts[POSITIVE]!, counts[NEGATIVE]!, counts[UNKNOWN]!];
  if (positives + negatives + unknown === 0) return undefined;
  const classes = (weight: number, squares: number): ClassWeights => ({
    positives: sums[POSITIVE]![weight]!,
    negatives: sums[NEGATIVE]![weight]!,
    positiveSquares: sums[POSITIVE]![squares]!,
    negativeSquares: sums[NEGATIVE]![squares]!,
  });
  const [weights, worth] = [classes(0, 1), classes(2, 3)];
  const unknownValue = sums[UNKNOWN]![2]!;
  const common = {
    score,
    positives,
    negatives,
    ...(unknown > 0 && { unknown }),
    ...(worth.positives + worth.negatives > 0 && { value: worth }),
    ...(unknownValue > 0 && { unknownValue }),
  };
  if (silenceIsNegative) {
    const silent = Math.max(0, positives + negatives + unknown - weights.positives);
    return { ...common, weights: { ...weights, negatives: silent, negativeSquares: silent } };
  }
  return weights.positives === positives && weights.negatives === negatives ? common : { ...common, weights };
}

/** Without a threshold every score lies above it. */
function thresholdParameters(threshold = -1e300): { readonly threshold: string; readonly below: string } {
  const below = threshold - Math.max(1e-300, Math.abs(threshold) * 1e-12);
  // As text: the engine's client takes a large whole number for an integer that it would have to round.
  return { threshold: String(threshold), below: String(below) };
}
