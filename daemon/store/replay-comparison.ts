import type { PairCounts } from '../../shadow/compare.ts';
import type { NoiseFloor } from '../../detectors/terms.ts';
import type { Engine, Parameters } from './engine.ts';
import type { LabelRules } from './labelled-predictions.ts';
import { bindPopulation, IN_POPULATION, type Population } from './replay-rows.ts';

/** A replay, and how its scores are read. */
export interface ComparisonQuery {
  readonly replay: string;
  readonly population: Population;
  readonly candidate: string;
  readonly controlThreshold: number;
  readonly candidateThreshold: number;
  readonly labels: LabelRules;
  readonly now: number;
  /** Tags to cut by, beside the slice of all. */
  readonly tags: readonly string[];
  /** Ranks are compared on the predictions up to this hash. */
  readonly rankHashAtMost: string;
}

/** Slices of one comparison: the largest ones; a tag with a value for every customer is no slice. */
const MOST_SLICES = 200;

/** Each recorded prediction with what the candidate said, and its label. */
const PAIRS = `recorded AS (
    SELECT timestamp, prediction_id, score AS recorded_score, value, tags FROM {database}.predictions FINAL WHERE ${IN_POPULATION}
  ), answered AS (
    SELECT timestamp, prediction_id, score AS answered_score, error, 1 AS present
    FROM {database}.shadow_scores FINAL WHERE replay = {replay:String} AND version = {answering:String} AND cityHash64(prediction_id) <= {hashAtMost:UInt64}
  ), paired AS (
    SELECT prediction_id, timestamp, ifNull(value, 0) AS stake, tags, present, error, ifNull(recorded_score, nan) AS control, ifNull(answered_score, nan) AS candidate,
      isFinite(control) AS has_control, isFinite(control) AND isFinite(candidate) AS both,
      control >= {controlThreshold:Float64} AS control_declines, candidate >= {candidateThreshold:Float64} AS candidate_declines
    FROM recorded LEFT JOIN answered USING (timestamp, prediction_id)
  )`;

const SLICED = `arrayJoin(arrayConcat(['all'], arrayMap(tag -> concat(tag, '=', tags[tag]), arrayFilter(tag -> mapContains(tags, tag), {tags:Array(String)})))) AS slice`;

interface Row extends Omit<PairCounts, 'errors' | 'rankCorrelation'> {
  readonly errorCounts: Readonly<Record<string, number>>;
}

/**
 * Pairs of a replay, counted by slice: `all` first, then the largest. `replayed` less than `recorded` says that
 * predictions are missing.
 */
export async function readPairCounts(engine: Engine, query: ComparisonQuery): Promise<PairCounts[]> {
  const bound = bind(query, query.candidate);
  const rows = await engine.rows<Row>(
    `WITH ${PAIRS}, known AS (
       SELECT prediction_id, argMax(label, (timestamp, received_at)) AS label, 1 AS labelled
       FROM {database}.labels WHERE prediction_id IN (SELECT prediction_id FROM answered) GROUP BY prediction_id
     ), judged AS (
       SELECT *, ${SLICED}, both AND labelled AND label = {positive:String} AS positive,
         both AND (labelled AND label != {positive:String}
           OR NOT labelled AND {unlabelledIsNegative:UInt8} AND toUnixTimestamp64Milli(timestamp) <= {matureBefore:Int64}) AS negative,
         positive OR negative AS judgeable
       FROM paired LEFT JOIN known USING (prediction_id)
     )
     SELECT slice, count() AS recorded, sum(present) AS replayed, countIf(NOT has_control) AS unscored, countIf(both) AS pairs,
       sumMapIf(map(error, toUInt64(1)), present AND NOT isFinite(candidate)) AS errorCounts,
       countIf(both AND NOT control_declines AND candidate_declines) AS toDecline,
       countIf(both AND control_declines AND NOT candidate_declines) AS toApprove,
       sumIf(stake, both AND NOT control_declines AND candidate_declines) AS valueToDecline,
       sumIf(stake, both AND control_declines AND NOT candidate_declines) AS valueToApprove,
       avgIf(control, both) AS controlMean, avgIf(candidate, both) AS candidateMean,
       avgIf(candidate - control, both) AS shiftMean, varSampStableIf(candidate - control, both) AS shiftVariance,
       countIf(judgeable) AS labelled, arrayROCAUC(groupArrayIf(control, judgeable), groupArrayIf(positive, judgeable)) AS controlAuc,
       arrayROCAUC(groupArrayIf(candidate, judgeable), groupArrayIf(positive, judgeable)) AS candidateAuc,
       countIf(judgeable AND control_declines = positive AND candidate_declines != positive) AS onlyControlRight,
       countIf(judgeable AND control_declines != positive AND candidate_declines = positive) AS onlyCandidateRight
     FROM judged GROUP BY slice ORDER BY slice = 'all' DESC, recorded DESC, slice LIMIT ${MOST_SLICES + 1}`,
    bound,
  );
  const ranks = await readRankCorrelations(engine, { ...bound, hashAtMost: query.rankHashAtMost });
  return rows.map(({ errorCounts, ...row }) => ({
    ...row,
    errors: errorCounts,
    rankCorrelation: ranks.get(row.slice) ?? null,
  }));
}

/** Spearman's rank correlation by slice of the sample that `hashAtMost` ends: Pearson's of the ranks, where equal scores share the mean of their ranks. */
async function readRankCorrelations(engine: Engine, bound: Parameters): Promise<Map<string, number | null>> {
  const rows = await engine.rows<{ slice: string; correlation: number | null }>(
    `WITH ${PAIRS}, sampled AS (
       SELECT ${SLICED}, control, candidate FROM paired WHERE both
     ), ranked AS (
       SELECT slice,
         rank() OVER (PARTITION BY slice ORDER BY control) + count() OVER (PARTITION BY slice, control) / 2 AS control_rank,
         rank() OVER (PARTITION BY slice ORDER BY candidate) + count() OVER (PARTITION BY slice, candidate) / 2 AS candidate_rank
       FROM sampled
     )
     SELECT slice, corrStable(control_rank, candidate_rank) AS correlation FROM ranked GROUP BY slice`,
    bound,
  );
  return new Map(rows.map((row) => [row.slice, row.correlation]));
}

/** The control's own artifact against what it answered when the predictions were made; null when nothing was replayed. */
export async function readNoiseFloor(
  engine: Engine,
  query: ComparisonQuery,
  control: string,
): Promise<NoiseFloor | null> {
  const rows = await engine.rows<{ replayed: number; flips: number | null; score: number | null }>(
    `WITH ${PAIRS}
     SELECT countIf(both) AS replayed, avgIf((candidate >= {controlThreshold:Float64}) != control_declines, both) AS flips,
       avgIf(abs(candidate - control), both) AS score
     FROM paired`,
    bind(query, control),
  );
  const found = rows[0];
  if (found === undefined || found.flips === null || found.score === null) return null;
  return { flips: found.flips, score: found.score, replayed: found.replayed };
}

function bind(query: ComparisonQuery, answering: string): Parameters {
  return {
    ...bindPopulation(query.population),
    replay: query.replay,
    answering,
    controlThreshold: query.controlThreshold,
    candidateThreshold: query.candidateThreshold,
    positive: query.labels.positiveLabel,
    unlabelledIsNegative: query.labels.unlabelled === 'negative' ? 1 : 0,
    matureBefore: query.now - query.labels.maturityMs,
    tags: [...query.tags],
  };
}
