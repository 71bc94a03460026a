import type { SliceEvidence } from '../../shadow/gate/evidence.ts';
import { decidedBy } from './class-scores.ts';
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
import { classSliceEvidence, STEPS, type ClassEvidenceRow } from './evidence-rows.ts';

/** Half the sum of squared differences between probabilities and what came true, 0 to 1: Brier's score of several classes. */
function lossOf(scores: string): string {
  return `((arraySum(p -> p * p, mapValues(${scores})) - 2 * ${scores}[label] + 1) / 2)`;
}

/** Total variation distance between two maps of probabilities, 0 to 1. */
function distanceOf(one: string, other: string): string {
  const names = `arrayDistinct(arrayConcat(mapKeys(${one}), mapKeys(${other})))`;
  return `least(1, arraySum(name -> abs(${one}[name] - ${other}[name]), ${names}) / 2)`;
}

/** A label counts once its prediction is mature, whatever it says. */
const TOLD = 'mature AND present';

/** From which class to which, those that stay included. */
const CHANGES = `sumMapIf(map(toJSONString([control_class, candidate_class]), toUInt64(1)), comparable) AS changes`;

const ANSWER_COUNTS = `countIf(compared) AS events,
  countIf(compared AND candidate_failed > control_failed) AS error_plus,
  countIf(compared AND candidate_failed < control_failed) AS error_minus,
  countIf(compared AND candidate_lacks > control_lacks) AS lack_plus,
  countIf(compared AND candidate_lacks < control_lacks) AS lack_minus,
  ${CHANGES},
  ${histogram('control_latency')} AS control_latencies,
  ${histogram('candidate_latency')} AS candidate_latencies`;

const LABEL_COUNTS = [
  `${weighed('toInt8(candidate_wrong) - toInt8(control_wrong)', 'told')} AS wrong`,
  `${weighed('candidate_loss - control_loss', 'told AND both_scored')} AS losses`,
].join(', ');

/** The shadow evidence of a candidate that tells classes apart, see `readShadowEvidence`: the most probable class decides. */
export async function readClassShadowEvidence(engine: Engine, query: EvidenceQuery): Promise<SliceEvidence[]> {
  const more = {
    scored: ', anyIf(scores, ours AND notEmpty(mapKeys(scores))) AS candidate_scores',
    scoredFrom: ', scores',
    recorded: ', candidate_scores, scores AS control_scores',
  };
  const rows = await engine.rows<ClassEvidenceRow>(
    `WITH ${shadowPairs(query, more)}, judged AS (
       SELECT *, ${SLICED}, ${JUDGED},
         compared AND NOT candidate_failed AND NOT control_failed AND notEmpty(mapKeys(candidate_scores)) AND notEmpty(mapKeys(control_scores)) AS comparable,
         comparable AND ${TOLD} AS told, comparable AS both_scored,
         ${decidedBy('candidate_scores')} AS candidate_class, ${decidedBy('control_scores')} AS control_class,
         candidate_class != label AS candidate_wrong, control_class != label AS control_wrong,
         ${lossOf('candidate_scores')} AS candidate_loss, ${lossOf('control_scores')} AS control_loss,
         ${distanceOf('candidate_scores', 'control_scores')} AS distance
       FROM pairs LEFT JOIN known USING (prediction_id)
     )
     SELECT slice, ${ANSWER_COUNTS}, ${LABEL_COUNTS},
       sumMapIf(map(toInt16(floor(${STEPS} * distance + ${chance('harm')})), toUInt64(1)), comparable) AS distances
     FROM judged GROUP BY slice ORDER BY slice`,
    bind(query),
  );
  return rows.map((row) => classSliceEvidence(row, true));
}

/** Answers of both arms since the stage began, each once; decided by the most probable class, else as recorded. */
function answered(slices: readonly string[]): string {
  return `SELECT prediction_id, version = {candidate:String} AS ours, timestamp AS at, received_at, ${lyingIn(slices)}, ${WEIGHT} AS weight,
    arrayCount(value -> NOT isNaN(value), number_values) + length(categories) + length(embeddings) AS features, if(latency_ms >= 0, latency_ms, NULL) AS latency, ${FAILED} AS failed,
    scores, if(empty(mapKeys(scores)), decision, ${decidedBy('scores')}) AS class
  FROM {database}.predictions
  WHERE model = {model:String} AND version IN ({control:String}, {candidate:String})
    AND role = if(version = {candidate:String}, 'candidate', 'control')
    AND timestamp >= fromUnixTimestamp64Milli({opened:Int64})
  LIMIT 1 BY version, prediction_id`;
}

/** The live evidence of a candidate that tells classes apart, matched as in `readLiveEvidence`; mature labels whatever they say. */
export async function readClassLiveEvidence(engine: Engine, query: EvidenceQuery): Promise<SliceEvidence[]> {
  const both = (column: string): string =>
    `maxIf(${column}, ours) AS candidate_${column}, maxIf(${column}, NOT ours) AS control_${column}`;
  const answers = await engine.rows<ClassEvidenceRow>(
    `WITH answered AS (${answered(query.slices)}), sliced AS (
       SELECT *, ${SLICED}, intDiv(toUnixTimestamp64Milli(at), ${MATCH_MS}) AS bucket,
         features < (SELECT quantileExactLow(0.5)(features) FROM answered WHERE NOT ours) AS lacks,
         row_number() OVER (PARTITION BY slice, bucket, ours ORDER BY received_at, prediction_id) AS place
       FROM answered
     ) SELECT slice, ${ANSWER_COUNTS} FROM (
       SELECT slice, 1 AS compared, ${both('lacks')}, ${both('failed')}, ${both('class')}, min(class != '') AS comparable,
         anyIf(latency, ours) AS candidate_latency, anyIf(latency, NOT ours) AS control_latency
       FROM sliced GROUP BY slice, bucket, place HAVING count() = 2
     ) GROUP BY slice ORDER BY slice`,
    bind(query),
  );
  if (answers.length === 0) return [];
  const labelled = await engine.rows<ClassEvidenceRow>(
    `WITH answered AS (${answered(query.slices)}), known AS (${known('SELECT prediction_id FROM answered')}), judged AS (
       SELECT *, ${SLICED}, ${JUDGED}, intDiv(toUnixTimestamp64Milli(at), ${MATCH_LABELLED_MS}) AS bucket,
         class != label AS wrong, ${lossOf('scores')} AS loss
       FROM answered LEFT JOIN known USING (prediction_id)
     ), placed AS (
       SELECT *, row_number() OVER (PARTITION BY slice, bucket, ours
         ORDER BY greatest(received_at, known_at, at + toIntervalMillisecond({maturity:Int64})), prediction_id) AS place
       FROM judged WHERE ${TOLD} AND class != '' AND ${chance('thin')} < weight / {largestWeight:Float64}
     ) SELECT slice, ${LABEL_COUNTS} FROM (
       SELECT slice, 1 AS weight, 1 AS told, anyIf(prediction_id, ours) AS prediction_id, ${both('wrong')}, ${both('loss')},
         min(notEmpty(mapKeys(scores))) AS both_scored
       FROM placed GROUP BY slice, bucket, place HAVING count() = 2
     ) GROUP BY slice ORDER BY slice`,
    bind(query),
  );
  return answers.map((row) =>
    classSliceEvidence({ ...row, ...labelled.find(({ slice }) => slice === row.slice) }, false),
  );
}
