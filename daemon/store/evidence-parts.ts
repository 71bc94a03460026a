import { ruleOf } from '../../detectors/slice-rule.ts';
import type { Parameters } from './engine.ts';
import { STEPS, WEIGHT_PLACE, WEIGHT_STEPS } from './evidence-rows.ts';
import { sliceParameters, slicesOf } from './labelled-predictions.ts';

/** Which predictions are compared, and how scores, decisions and labels are read. */
export interface EvidenceQuery {
  readonly model: string;
  readonly control: string;
  readonly candidate: string;
  /** Score at and above which each of the two declines. */
  readonly controlThreshold: number;
  readonly candidateThreshold: number;
  readonly positiveLabel: string;
  readonly unlabelled: 'unknown' | 'negative';
  readonly maturityMs: number;
  /** `all`, values of tags or categories (`region=EU`), and cuts of numbers (`amount>=100`). */
  readonly slices: readonly string[];
  /** Live answers count from here on, the beginning of the stage; replays count whenever they were made. */
  readonly openedAt: number;
  /** Labelled predictions weigh 1 / propensity, at most this; a multiple of a quarter. */
  readonly largestWeight: number;
  readonly asOf: number;
}

/** Live answers are matched with those of the other arm within this time, so that the hour of the day is no difference. */
export const MATCH_MS = 600_000;

/** Labels are rare: live predictions with a label are matched within a day. */
export const MATCH_LABELLED_MS = 86_400_000;

/** Those of the slices asked for that a prediction lies in, cut as everywhere; out of the record, so that no map travels on. */
export function lyingIn(slices: readonly string[]): string {
  return `arrayFilter(slice -> has({slices:Array(String)}, slice), ${slicesOf(rulesOf(slices))}) AS lies_in`;
}

function rulesOf(slices: readonly string[]): string[] {
  return [...new Set(slices.flatMap((slice) => ruleOf(slice) ?? []))];
}

export const SLICED = 'arrayJoin(lies_in) AS slice';

export const FAILED = `(score IS NULL AND empty(scores) OR NOT isFinite(ifNull(score, 0)))`;

/** The latest label of each of the predictions whose ids a SELECT gives. */
export function known(ids: string): string {
  return `SELECT prediction_id, argMax(label, (timestamp, label)) AS label, max(received_at) AS known_at, 1 AS present
    FROM {database}.labels WHERE prediction_id IN (${ids}) GROUP BY prediction_id`;
}

export const JUDGED = `toUnixTimestamp64Milli(at) <= {matureBefore:Int64} AS mature,
  present AND label = {positive:String} AS fraud,
  mature AND (present AND label != {positive:String} OR NOT present AND {unlabelledIsNegative:UInt8}) AS genuine`;

export function histogram(latency: string): string {
  return `sumMapIf(map(toUInt32(bitShiftRight(reinterpretAsUInt64(ifNull(${latency}, 0)), 44)), toUInt64(1)), isNotNull(${latency}))`;
}

/** A number from 0 to 1 that a prediction keeps; other salts give independent ones. */
export function chance(salt: string): string {
  return `((cityHash64(prediction_id, '${salt}') % 65536) / 65536)`;
}

/** Counts of labelled outcomes by harm (-1 to 1) and weight. */
export function weighed(harm: string, condition: string): string {
  return `sumMapIf(map(toInt32(floor(weight * ${WEIGHT_STEPS} + ${chance('weight')}) * ${WEIGHT_PLACE}
      + floor(${STEPS} * (${harm}) + ${chance('harm')}) + ${WEIGHT_PLACE / 2}), toUInt64(1)), ${condition})`;
}

export const WEIGHT = `least(1 / if(propensity > 0, assumeNotNull(propensity), 1), {largestWeight:Float64})`;
/**
 * Not out of a replay of a sample in which what the control declines is over-represented: its counts are not those of the traffic.
 * A sample that takes both alike is as good as the whole.
 */
const OF_ALL = `replay NOT IN (
  SELECT id FROM {database}.replays FINAL WHERE model = {model:String}
    AND JSONExtractFloat(body, 'plan', 'weights', 'approved') != JSONExtractFloat(body, 'plan', 'weights', 'declined'))`;

/** Columns beside those that every comparison has, each behind a comma: of the candidate's scores, and of the record. */
export interface MoreColumns {
  readonly scored: string;
  readonly scoredFrom: string;
  readonly recorded: string;
}

/**
 * Pairs of what the candidate said in shadow and what the control recorded of the same prediction, each once, as `pairs`, and
 * the labels that are `known` of them.
 */
export function shadowPairs(
  { slices }: EvidenceQuery,
  more: MoreColumns = { scored: '', scoredFrom: '', recorded: '' },
): string {
  return `timed AS (
       SELECT prediction_id, argMinIf(toNullable(latency_ms), cityHash64(replay), version = {candidate:String}) AS candidate_latency,
         argMinIf(toNullable(latency_ms), cityHash64(replay), version = {control:String}) AS control_latency
       FROM {database}.shadow_latencies
       WHERE model = {model:String} AND ${OF_ALL} AND replay IN (
         SELECT replay FROM {database}.shadow_latencies
         WHERE model = {model:String} AND version IN ({control:String}, {candidate:String})
         GROUP BY replay HAVING uniqExact(version) = 2
       ) GROUP BY prediction_id
     ), scored AS (
       SELECT prediction_id, max(ours) AS compared, minIf(score, ours AND isFinite(score)) AS candidate_score,
         max(ours AND NOT isFinite(ifNull(score, nan))) AS candidate_failed ${more.scored}
       FROM (
         SELECT prediction_id, score ${more.scoredFrom}, version = {candidate:String} AS ours FROM {database}.shadow_scores
         WHERE model = {model:String} AND version IN ({control:String}, {candidate:String}) AND ${OF_ALL}
       ) GROUP BY prediction_id
     ), answered AS (
       SELECT * FROM scored LEFT JOIN timed USING (prediction_id)
     ), pairs AS (
       SELECT prediction_id, timestamp AS at, ${lyingIn(slices)}, ${WEIGHT} AS weight, 0 AS candidate_lacks, 0 AS control_lacks, compared, candidate_score, candidate_failed, candidate_latency, control_latency,
         score AS control_score, ${FAILED} AS control_failed ${more.recorded}
       FROM {database}.predictions INNER JOIN answered USING (prediction_id)
       WHERE model = {model:String} AND version = {control:String}
         AND timestamp >= (SELECT min(timestamp) FROM {database}.shadow_scores WHERE model = {model:String} AND version = {candidate:String})
         AND timestamp <= (SELECT max(timestamp) FROM {database}.shadow_scores WHERE model = {model:String} AND version = {candidate:String})
       LIMIT 1 BY prediction_id
     ), known AS (${known(`SELECT prediction_id FROM {database}.shadow_scores WHERE model = {model:String} AND version = {candidate:String}`)})`;
}

export function bind(query: EvidenceQuery): Parameters {
  return {
    model: query.model,
    control: query.control,
    candidate: query.candidate,
    controlThreshold: query.controlThreshold,
    candidateThreshold: query.candidateThreshold,
    positive: query.positiveLabel,
    unlabelledIsNegative: query.unlabelled === 'negative' ? 1 : 0,
    maturity: query.maturityMs,
    matureBefore: query.asOf - query.maturityMs,
    slices: [...query.slices],
    ...sliceParameters(rulesOf(query.slices)),
    opened: query.openedAt,
    largestWeight: query.largestWeight,
  };
}
