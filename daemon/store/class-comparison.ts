import { decidedBy, scoresByClass } from './class-scores.ts';
import type { Engine, Parameters } from './engine.ts';
import { NativeReader, textsAt, type DictionaryColumn } from './native-reader.ts';
import { MOST_LABELLED, joinSlices, type StoredScores } from './replay-comparison.ts';
import { bindPopulation, inPopulation } from './replay-population.ts';
import { bindSlices, sliceColumns } from './slice-columns.ts';

/** Predictions with class scores of both; slices and the population are bound by `bind`. */
function paired({ population, slices }: StoredScores, only: string): string {
  const cut = sliceColumns(slices).map((column, at) => `, ${column} AS slice${at}`);
  return `recorded AS (
      SELECT timestamp, prediction_id, scores AS control, propensity ${cut.join('')}
      FROM {database}.predictions FINAL WHERE ${inPopulation(population)} AND notEmpty(mapKeys(scores)) ${only}
    ), answered AS (
      SELECT timestamp, prediction_id, scores AS candidate FROM {database}.shadow_scores FINAL
      WHERE replay = {replay:String} AND version = {scoredBy:String} AND notEmpty(mapKeys(scores))
        AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64}) ${only}
    )`;
}

/** Predictions that candidate and control put into different classes, at most so many of them, chosen by hash. */
export async function readFlippedClasses(
  engine: Engine,
  stored: StoredScores,
  most: number,
): Promise<{ readonly id: string; readonly at: number }[]> {
  return engine.rows(
    `WITH ${paired(stored, '')}
     SELECT prediction_id AS id, toUnixTimestamp64Milli(timestamp) AS at
     FROM recorded INNER JOIN answered USING (timestamp, prediction_id)
     WHERE ${decidedBy('control')} != ${decidedBy('candidate')}
     ORDER BY sipHash64(prediction_id) LIMIT {most:UInt64}`,
    { ...bind(stored), most },
  );
}

/** Labelled predictions with class scores of both. */
export interface StoredClassLabels {
  /** Those with a label: more than there are here where only a sample was read. */
  readonly total: number;
  /** Row-major, a column for each class asked for. */
  readonly control: Float64Array;
  readonly candidate: Float64Array;
  readonly labels: readonly string[];
  /** 1 / propensity. */
  readonly weights: Float64Array;
  readonly slices: readonly DictionaryColumn[];
}

/**
 * Predictions with class scores of both and a label, the latest one. Of more than half a million a sample by a hash that no
 * other sample goes by.
 * @param names of the columns, the last one for the most probable of all other classes
 */
export async function readLabelledClasses(
  engine: Engine,
  stored: StoredScores,
  names: readonly string[],
  most = MOST_LABELLED,
): Promise<StoredClassLabels> {
  const { slices: rules } = stored;
  const only = 'AND prediction_id IN (SELECT prediction_id FROM known)';
  const judged = `WITH known AS (
      SELECT prediction_id, argMax(label, (timestamp, label)) AS label FROM {database}.labels
      WHERE prediction_id IN (SELECT prediction_id FROM {database}.shadow_scores WHERE replay = {replay:String} AND version = {scoredBy:String})
      GROUP BY prediction_id
    ), ${paired(stored, only)}, judged AS (
      SELECT * FROM recorded INNER JOIN answered USING (timestamp, prediction_id) INNER JOIN known USING (prediction_id)
    )`;
  const parameters = { ...bind(stored), classes: names.slice(0, -1) };
  const columns = rules.map((_, at) => `, slice${at}`).join('');
  const reader = new NativeReader(
    await engine.bytes(
      `${judged} SELECT label, 1 / if(ifNull(propensity, 0) > 0, assumeNotNull(propensity), 1), ${scoresByClass('control')}, ${scoresByClass('candidate')} ${columns}
       FROM judged ORDER BY sipHash64(prediction_id) LIMIT ${Math.trunc(most)} FORMAT Native`,
      parameters,
    ),
  );
  const labels: string[] = [];
  const pages: Omit<StoredClassLabels, 'total' | 'labels'>[] = [];
  while (reader.next()) {
    const { rows } = reader;
    labels.push(
      ...textsAt(
        reader.texts(),
        Uint32Array.from({ length: rows }, (_, row) => row),
      ),
    );
    const [weights, control, candidate] = [reader.floats(), reader.floatArrays(), reader.floatArrays()];
    pages.push({
      weights,
      control: Float64Array.from(control),
      candidate: Float64Array.from(candidate),
      slices: rules.map(() => reader.dictionary()),
    });
  }
  const [all] =
    labels.length < most
      ? [{ count: labels.length }]
      : await engine.rows<{ count: number }>(`${judged} SELECT count() AS count FROM judged`, parameters);
  return {
    total: all?.count ?? labels.length,
    labels,
    control: joinFloats(pages.map(({ control }) => control)),
    candidate: joinFloats(pages.map(({ candidate }) => candidate)),
    weights: joinFloats(pages.map(({ weights }) => weights)),
    slices: joinSlices(pages, rules, labels.length),
  };
}

function joinFloats(parts: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function bind({ replay, version, population, slices }: StoredScores): Parameters {
  return { ...bindPopulation(population), ...bindSlices(slices), replay, scoredBy: version };
}
