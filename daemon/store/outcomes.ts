import type { Outcomes, ScoredOutcome, Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';

/** How labels are read: which one is positive, when they can be trusted, what none at all means. */
export interface LabelRules {
  readonly positiveLabel: string;
  readonly unlabelled: 'unknown' | 'negative';
  readonly maturityMs: number;
}

export interface OutcomeRow {
  readonly version: string;
  readonly slice: string;
  /** Start of the bucket, when the window was cut into buckets; otherwise the start of the window. */
  readonly from: number;
  readonly outcomes: Outcomes;
}

/**
 * Matured labels joined to the scores of the window, by version and slice, grouped by score (to 1 part in 2,048).
 * The latest label of a prediction counts; a repeated prediction counts once.
 * @param tags slices are cut by these, beside the slice of all
 * @param bucketMs cuts the window into buckets of this length; by default one
 */
export async function readOutcomes(
  engine: Engine,
  model: string,
  window: Window,
  now: number,
  rules: LabelRules,
  tags: readonly string[] = [],
  bucketMs: number = window.to - window.from,
): Promise<OutcomeRow[]> {
  if (window.to <= window.from) return [];
  const rows = await engine.rows<{
    version: string;
    slice: string;
    bucket_from: number;
    scores: number[];
    positives: number[];
    negatives: number[];
    made: number;
    mature: number;
    labelled: number;
  }>(
    `WITH made AS (
       SELECT version, prediction_id, any(timestamp) AS made_at, any(score) AS score, any(tags) AS tags
       FROM {database}.predictions
       WHERE model = {model:String} AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})
       GROUP BY version, prediction_id
     ), known AS (
       SELECT prediction_id, argMax(label, timestamp) AS label, 1 AS present
       FROM {database}.labels WHERE prediction_id IN (SELECT prediction_id FROM made) GROUP BY prediction_id
     ), judged AS (
       SELECT version, slice, bucket_from, reinterpretAsFloat32(bitAnd(reinterpretAsUInt32(toFloat32(score)), 4294963200)) AS near,
              count() AS made, sum(old) AS mature, sum(old AND present) AS labelled,
              sum(old AND present AND label = {positive:String}) AS positives,
              sum(old AND (present AND label != {positive:String} OR NOT present AND {negative:UInt8})) AS negatives
       FROM (
         SELECT version, score, label, present, toUnixTimestamp64Milli(made_at) <= {matureBefore:Int64} AS old,
                {from:Int64} + intDiv(toUnixTimestamp64Milli(made_at) - {from:Int64}, {bucket:Int64}) * {bucket:Int64} AS bucket_from,
                arrayJoin(arrayConcat(['all'], arrayMap(tag -> concat(tag, '=', tags[tag]), arrayFilter(tag -> mapContains(tags, tag), {tags:Array(String)})))) AS slice
         FROM made LEFT JOIN known USING prediction_id WHERE score IS NOT NULL
       ) GROUP BY version, slice, bucket_from, near
     )
     SELECT version, slice, bucket_from, groupArray(near) AS scores, groupArray(positives) AS positives, groupArray(negatives) AS negatives,
            sum(judged.made) AS made, sum(judged.mature) AS mature, sum(judged.labelled) AS labelled
     FROM (SELECT * FROM judged ORDER BY near) AS judged GROUP BY version, slice, bucket_from ORDER BY version, slice, bucket_from`,
    {
      model,
      from: window.from,
      to: window.to,
      positive: rules.positiveLabel,
      negative: rules.unlabelled === 'negative' ? 1 : 0,
      matureBefore: now - rules.maturityMs,
      bucket: bucketMs,
      tags: [...tags],
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
      outcomes: row.scores
        .map((score, at): ScoredOutcome => ({
          score,
          positives: row.positives[at] ?? 0,
          negatives: row.negatives[at] ?? 0,
        }))
        .filter((outcome) => outcome.positives + outcome.negatives > 0),
    },
  }));
}
