import { ruleOf } from '../../detectors/slice-rule.ts';
import type { SliceEvidence } from '../../shadow/gate/evidence.ts';
import type { Engine, Parameters } from './engine.ts';
import { sliceEvidence, STEPS, WEIGHT_PLACE, WEIGHT_STEPS, type EvidenceRow } from './evidence-rows.ts';
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
const MATCH_MS = 600_000;

/** Labels are rare: live predictions with a label are matched within a day. */
const MATCH_LABELLED_MS = 86_400_000;

/** Those of the slices asked for that a prediction lies in, cut as everywhere; out of the record, so that no map travels on. */
function lyingIn(slices: readonly string[]): string {
  return `arrayFilter(slice -> has({slices:Array(String)}, slice), ${slicesOf(rulesOf(slices))}) AS lies_in`;
}

function rulesOf(slices: readonly string[]): string[] {
  return [...new Set(slices.flatMap((slice) => ruleOf(slice) ?? []))];
}

const SLICED = 'arrayJoin(lies_in) AS slice';

const FAILED = `(score IS NULL AND empty(scores) OR NOT isFinite(ifNull(score, 0)))`;

/** The latest label of each of the predictions whose ids a SELECT gives. */
function known(ids: string): string {
  return `SELECT prediction_id, argMax(label, (timestamp, label)) AS label, max(received_at) AS known_at, 1 AS present
    FROM {database}.labels WHERE prediction_id IN (${ids}) GROUP BY prediction_id`;
}

/** When a labelled prediction began to count: those that come later never take the place of one before them. */
const COUNTED_AT = `greatest(received_at, known_at, if(fraud, received_at, at + toIntervalMillisecond({maturity:Int64})))`;

const JUDGED = `toUnixTimestamp64Milli(at) <= {matureBefore:Int64} AS mature,
  present AND label = {positive:String} AS fraud,
  mature AND (present AND label != {positive:String} OR NOT present AND {unlabelledIsNegative:UInt8}) AS genuine`;

function histogram(latency: string): string {
  return `sumMapIf(map(toUInt32(bitShiftRight(reinterpretAsUInt64(ifNull(${latency}, 0)), 44)), toUInt64(1)), isNotNull(${latency}))`;
}

/** A number from 0 to 1 that a prediction keeps; other salts give independent ones. */
function chance(salt: string): string {
  return `((cityHash64(prediction_id, '${salt}') % 65536) / 65536)`;
}

/** Counts of labelled outcomes by harm (-1 to 1) and weight. */
function weighed(harm: string, condition: string): string {
  return `sumMapIf(map(toInt32(floor(weight * ${WEIGHT_STEPS} + ${chance('weight')}) * ${WEIGHT_PLACE}
      + floor(${STEPS} * (${harm}) + ${chance('harm')}) + ${WEIGHT_PLACE / 2}), toUInt64(1)), ${condition})`;
}

const WEIGHT = `least(1 / if(propensity > 0, assumeNotNull(propensity), 1), {largestWeight:Float64})`;
const BOTH_SCORED = `candidate_score BETWEEN 0 AND 1 AND control_score BETWEEN 0 AND 1`;

/** Answers of both arms since the rollout was opened, each once; `ours` are the candidate's. */
function answered(slices: readonly string[]): string {
  return `SELECT prediction_id, version = {candidate:String} AS ours, timestamp AS at, received_at, ${lyingIn(slices)}, score, ${WEIGHT} AS weight,
    arrayCount(value -> NOT isNaN(value), number_values) + length(categories) + length(embeddings) AS features, if(latency_ms >= 0, latency_ms, NULL) AS latency, ${FAILED} AS failed,
    multiIf(lower(decision) = 'decline', 1, lower(decision) = 'approve', 0,
      ifNull(score, 0) >= if(ours, {candidateThreshold:Float64}, {controlThreshold:Float64})) AS declines,
    lower(decision) IN ('approve', 'decline') OR isFinite(ifNull(score, nan)) AS decided
  FROM {database}.predictions
  WHERE model = {model:String} AND version IN ({control:String}, {candidate:String})
    AND role = if(version = {candidate:String}, 'candidate', 'control')
    AND timestamp >= fromUnixTimestamp64Milli({opened:Int64})
  LIMIT 1 BY version, prediction_id`;
}

/** One row a matched couple, in the columns that are counted. */
const MATCHED = `SELECT slice, 1 AS compared, anyIf(prediction_id, ours) AS prediction_id, 1 AS weight,
    maxIf(lacks, ours) AS candidate_lacks, maxIf(lacks, NOT ours) AS control_lacks,
    maxIf(failed, ours) AS candidate_failed, maxIf(failed, NOT ours) AS control_failed, min(decided) AS comparable,
    maxIf(declines, ours) AS candidate_declines, maxIf(declines, NOT ours) AS control_declines,
    anyIf(score, ours) AS candidate_score, anyIf(score, NOT ours) AS control_score,
    anyIf(latency, ours) AS candidate_latency, anyIf(latency, NOT ours) AS control_latency,
    fraud, max(sliced.genuine) AS genuine, min(sliced.mature) AS mature
  FROM sliced GROUP BY slice, bucket, fraud, place HAVING count() = 2`;

const ANSWER_COUNTS = `countIf(compared) AS events,
  countIf(compared AND candidate_failed > control_failed) AS error_plus,
  countIf(compared AND candidate_failed < control_failed) AS error_minus,
  countIf(comparable) AS decided,
  countIf(comparable AND candidate_declines > control_declines) AS decline_plus,
  countIf(comparable AND candidate_declines < control_declines) AS decline_minus,
  countIf(compared AND candidate_lacks > control_lacks) AS lack_plus,
  countIf(compared AND candidate_lacks < control_lacks) AS lack_minus,
  sumMapIf(map(toInt16(floor(${STEPS} * (ifNull(candidate_score, 0) - ifNull(control_score, 0)) + ${chance('harm')})), toUInt64(1)),
    compared AND ${BOTH_SCORED}) AS shifts,
  ${histogram('control_latency')} AS control_latencies,
  ${histogram('candidate_latency')} AS candidate_latencies`;

const DECLINE_COUNTS = [
  `${weighed('toInt8(control_declines) - toInt8(candidate_declines)', 'comparable AND fraud')} AS missed`,
  `${weighed('toInt8(candidate_declines) - toInt8(control_declines)', 'comparable AND genuine')} AS false_declines`,
].join(', ');

const LOSSES = `${weighed(
  'pow(ifNull(candidate_score, 0) - fraud, 2) - pow(ifNull(control_score, 0) - fraud, 2)',
  `(mature AND fraud OR genuine) AND ${BOTH_SCORED}`,
)} AS losses`;

/**
 * Mature predictions of both arms, matched whatever their labels say: matched fraud with fraud, days on which both arms have
 * few would count fraud less than the traffic has it.
 */
const LIVE_LOSSES = `SELECT slice, ${weighed('candidate_loss - control_loss', 'both_scored')} AS losses FROM (
    SELECT slice, 1 AS weight, anyIf(prediction_id, ours) AS prediction_id, min(ifNull(score, -1) BETWEEN 0 AND 1) AS both_scored,
      anyIf(pow(ifNull(score, 0) - fraud, 2), ours) AS candidate_loss, anyIf(pow(ifNull(score, 0) - fraud, 2), NOT ours) AS control_loss
    FROM (
      SELECT *, row_number() OVER (PARTITION BY slice, bucket, ours
        ORDER BY greatest(received_at, known_at, at + toIntervalMillisecond({maturity:Int64})), prediction_id) AS place
      FROM thinned WHERE mature
    ) GROUP BY slice, bucket, place HAVING count() = 2
  ) GROUP BY slice`;

/**
 * Not out of a replay of a sample in which what the control declines is over-represented: its counts are not those of the traffic.
 * A sample that takes both alike is as good as the whole.
 */
const OF_ALL = `replay NOT IN (
  SELECT id FROM {database}.replays FINAL WHERE model = {model:String}
    AND JSONExtractFloat(body, 'plan', 'weights', 'approved') != JSONExtractFloat(body, 'plan', 'weights', 'declined'))`;

/**
 * What the replays of the candidate show against the recorded answers of the control: pairs of the same prediction, each
 * once, however many replays scored it (failed when any of them failed). Both decide by score and threshold. Latency comes
 * from those replays that timed both.
 */
export async function readShadowEvidence(engine: Engine, query: EvidenceQuery): Promise<SliceEvidence[]> {
  const rows = await engine.rows<EvidenceRow>(
    `WITH timed AS (
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
         max(ours AND NOT isFinite(ifNull(score, nan))) AS candidate_failed
       FROM (
         SELECT prediction_id, score, version = {candidate:String} AS ours FROM {database}.shadow_scores
         WHERE model = {model:String} AND version IN ({control:String}, {candidate:String}) AND ${OF_ALL}
       ) GROUP BY prediction_id
     ), answered AS (
       SELECT * FROM scored LEFT JOIN timed USING (prediction_id)
     ), pairs AS (
       SELECT prediction_id, timestamp AS at, ${lyingIn(query.slices)}, ${WEIGHT} AS weight, 0 AS candidate_lacks, 0 AS control_lacks, compared, candidate_score, candidate_failed, candidate_latency, control_latency,
         score AS control_score, ${FAILED} AS control_failed
       FROM {database}.predictions INNER JOIN answered USING (prediction_id)
       WHERE model = {model:String} AND version = {control:String}
         AND timestamp >= (SELECT min(timestamp) FROM {database}.shadow_scores WHERE model = {model:String} AND version = {candidate:String})
         AND timestamp <= (SELECT max(timestamp) FROM {database}.shadow_scores WHERE model = {model:String} AND version = {candidate:String})
       LIMIT 1 BY prediction_id
     ), known AS (${known(`SELECT prediction_id FROM {database}.shadow_scores WHERE model = {model:String} AND version = {candidate:String}`)}), judged AS (
       SELECT *, ${SLICED}, ${JUDGED},
         compared AND NOT candidate_failed AND NOT control_failed AND isNotNull(candidate_score) AND isNotNull(control_score) AS comparable,
         ifNull(candidate_score, 0) >= {candidateThreshold:Float64} AS candidate_declines,
         ifNull(control_score, 0) >= {controlThreshold:Float64} AS control_declines
       FROM pairs LEFT JOIN known USING (prediction_id)
     )
     SELECT slice, ${ANSWER_COUNTS}, ${DECLINE_COUNTS}, ${LOSSES} FROM judged GROUP BY slice ORDER BY slice`,
    bind(query),
  );
  return rows.map((row) => sliceEvidence(row, true));
}

/**
 * What a canary shows since the rollout was opened: answers of the candidate, each matched with one answer of the control
 * in the same ten minutes (in the same day for labelled ones), first come with first come. Decisions are the recorded ones,
 * else those by score and threshold. Of labelled predictions each counts with a chance in proportion to its weight: two
 * predictions of different weight could not be compared.
 */
export async function readLiveEvidence(engine: Engine, query: EvidenceQuery): Promise<SliceEvidence[]> {
  const answers = await engine.rows<EvidenceRow>(
    `WITH answered AS (${answered(query.slices)}), sliced AS (
       SELECT *, ${SLICED}, intDiv(toUnixTimestamp64Milli(at), ${MATCH_MS}) AS bucket,
         features < (SELECT quantileExactLow(0.5)(features) FROM answered WHERE NOT ours) AS lacks, 0 AS mature, 0 AS fraud, 0 AS genuine,
         row_number() OVER (PARTITION BY slice, bucket, ours ORDER BY received_at, prediction_id) AS place
       FROM answered
     ) SELECT slice, ${ANSWER_COUNTS} FROM (${MATCHED}) GROUP BY slice ORDER BY slice`,
    bind(query),
  );
  if (answers.length === 0) return [];
  const labelled = await engine.rows<EvidenceRow>(
    `WITH answered AS (${answered(query.slices)}), known AS (${known('SELECT prediction_id FROM answered')}), judged AS (
       SELECT *, ${SLICED}, ${JUDGED}, intDiv(toUnixTimestamp64Milli(at), ${MATCH_LABELLED_MS}) AS bucket
       FROM answered LEFT JOIN known USING (prediction_id)
     ), thinned AS (
       SELECT * FROM judged WHERE (fraud OR genuine) AND ${chance('thin')} < weight / {largestWeight:Float64}
     ), sliced AS (
       SELECT *, 0 AS lacks,
         row_number() OVER (PARTITION BY slice, bucket, fraud, ours ORDER BY ${COUNTED_AT}, prediction_id) AS place
       FROM thinned
     ) SELECT * FROM (SELECT slice, ${DECLINE_COUNTS} FROM (${MATCHED}) GROUP BY slice) AS declines
     FULL JOIN (${LIVE_LOSSES}) AS lost USING (slice) ORDER BY slice`,
    bind(query),
  );
  return answers.map((row) => sliceEvidence({ ...row, ...labelled.find(({ slice }) => slice === row.slice) }, false));
}

function bind(query: EvidenceQuery): Parameters {
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
