import type { SliceEvidence } from '../../shadow/gate/evidence.ts';
import type { Engine } from './engine.ts';
import {
  bind,
  chance,
  FAILED,
  histogram,
  JUDGED,
  known,
  lyingIn,
  MATCH_LABELLED_MS,
  MATCH_MS,
  shadowPairs,
  SLICED,
  WEIGHT,
  weighed,
  type EvidenceQuery,
} from './evidence-parts.ts';
import { sliceEvidence, STEPS, type EvidenceRow } from './evidence-rows.ts';

/** When a labelled prediction began to count: those that come later never take the place of one before them. */
const COUNTED_AT = `greatest(received_at, known_at, if(fraud, received_at, at + toIntervalMillisecond({maturity:Int64})))`;

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
 * What the replays of the candidate show against the recorded answers of the control: pairs of the same prediction, each
 * once, however many replays scored it (failed when any of them failed). Both decide by score and threshold. Latency comes
 * from those replays that timed both.
 */
export async function readShadowEvidence(engine: Engine, query: EvidenceQuery): Promise<SliceEvidence[]> {
  const rows = await engine.rows<EvidenceRow>(
    `WITH ${shadowPairs(query)}, judged AS (
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
