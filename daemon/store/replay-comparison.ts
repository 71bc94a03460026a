import type { FlipExample } from '../../detectors/terms.ts';
import type { LabelledPairs } from '../../shadow/judge-labelled.ts';
import type { Pairs } from '../../shadow/tally.ts';
import type { Engine, Parameters } from './engine.ts';
import { NativeReader, type DictionaryColumn } from './native-reader.ts';
import type { LabelRules } from './labelled-predictions.ts';
import { bindSlices, sliceColumns } from './slice-columns.ts';
import { bindPopulation, inPopulation, type Population } from './replay-population.ts';

/** Scores stored under a name, of predictions of a population. */
export interface StoredScores {
  readonly replay: string;
  readonly version: string;
  readonly population: Population;
  /** Rules to cut by. */
  readonly slices: readonly string[];
}

/** Columns of predictions that were scored; slices and the population are bound by `bind`. */
function scored({ population, slices }: StoredScores, only: string): string {
  return `recorded AS (
      SELECT timestamp, prediction_id, ifNull(score, nan) AS control, ifNull(value, 0) AS stake, propensity${sliceColumns(
        slices,
      )
        .map((column, at) => `, ${column} AS slice${at}`)
        .join('')}
      FROM {database}.predictions FINAL WHERE ${inPopulation(population)} ${only}
    ), answered AS (
      SELECT timestamp, prediction_id, ifNull(score, nan) AS candidate FROM {database}.shadow_scores FINAL
      WHERE replay = {replay:String} AND version = {scoredBy:String}
        AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64}) ${only}
    )`;
}

function sliceNames(slices: readonly string[]): string {
  return slices.map((_, at) => `, slice${at}`).join('');
}

/** Pairs that are stored: what a replay had in hand while it scored them. Those without a score are not among them. */
export async function readPairs(engine: Engine, stored: StoredScores): Promise<Pairs[]> {
  const reader = new NativeReader(
    await engine.bytes(
      `WITH ${scored(stored, '')}
       SELECT control, toFloat64(candidate), stake ${sliceNames(stored.slices)}
       FROM recorded INNER JOIN answered USING (timestamp, prediction_id) FORMAT Native`,
      bind(stored),
    ),
  );
  const pages: Pairs[] = [];
  while (reader.next()) {
    const { rows } = reader;
    const [recorded, candidate, stakes] = [reader.floats(), Float32Array.from(reader.floats()), reader.floats()];
    const slices = stored.slices.map(() => reader.dictionary());
    pages.push({ rows, recorded, candidate, stakes, errors: new Uint8Array(rows), slices });
  }
  return pages;
}

/** Predictions on which candidate and control decide differently, at most so many of them, chosen by hash. */
export async function readFlipped(
  engine: Engine,
  stored: StoredScores,
  thresholds: { readonly control: number; readonly candidate: number },
  most: number,
): Promise<{ readonly id: string; readonly at: number }[]> {
  return engine.rows(
    `WITH ${scored(stored, '')}
     SELECT prediction_id AS id, toUnixTimestamp64Milli(timestamp) AS at
     FROM recorded INNER JOIN answered USING (timestamp, prediction_id)
     WHERE isFinite(control) AND isFinite(candidate)
       AND (control >= {controlFrom:Float64}) != (candidate >= {candidateFrom:Float64})
     ORDER BY sipHash64(prediction_id) LIMIT {most:UInt64}`,
    { ...bind(stored), controlFrom: thresholds.control, candidateFrom: thresholds.candidate, most },
  );
}

/** More pairs than this tell nothing that these do not. */
export const MOST_LABELLED = 500_000;

/** Labelled pairs of the whole, and the slices of each. */
export interface StoredLabels extends Omit<LabelledPairs, 'standsFor'> {
  /** Pairs with a label: more than there are here where only a sample was read. */
  readonly total: number;
  readonly slices: readonly DictionaryColumn[];
}

/**
 * Pairs with a score of both and a label that can be trusted: the latest one; where the model says so, a mature prediction
 * without a label is a negative. Of more than half a million, a sample by a hash that no other sample goes by.
 */
export async function readLabelledPairs(
  engine: Engine,
  stored: StoredScores,
  labelRules: LabelRules,
  now: number,
  most = MOST_LABELLED,
): Promise<StoredLabels> {
  const { slices: rules } = stored;
  const negatives = labelRules.unlabelled === 'negative';
  const [labels] = await engine.rows<{ count: number }>('SELECT count() AS count FROM {database}.labels');
  if (labels?.count === 0 && !negatives) return joined([], rules);
  // The smaller side decides which predictions are looked at.
  const only = negatives ? '' : 'AND prediction_id IN (SELECT prediction_id FROM known)';
  const judged = `WITH known AS (
         SELECT prediction_id, argMax(label, (timestamp, label)) AS label, 1 AS labelled FROM {database}.labels
         ${(labels?.count ?? 0) > MANY_LABELS ? `WHERE prediction_id IN (SELECT prediction_id FROM {database}.shadow_scores WHERE replay = {replay:String} AND version = {scoredBy:String})` : ''}
         GROUP BY prediction_id
       ), ${scored(stored, only)}, judged AS (
         SELECT *, labelled AND label = {positive:String} AS is_positive,
           labelled OR {unlabelledIsNegative:UInt8} AND toUnixTimestamp64Milli(timestamp) <= {matureBefore:Int64} AS is_known
         FROM recorded INNER JOIN answered USING (timestamp, prediction_id) LEFT JOIN known USING (prediction_id)
       )`;
  const comparable = 'FROM judged WHERE is_known AND isFinite(control) AND isFinite(candidate)';
  const parameters = {
    ...bind(stored),
    positive: labelRules.positiveLabel,
    unlabelledIsNegative: negatives ? 1 : 0,
    matureBefore: now - labelRules.maturityMs,
  };
  const reader = new NativeReader(
    await engine.bytes(
      `${judged} SELECT control, toFloat64(candidate), toUInt8(is_positive), 1 / if(ifNull(propensity, 0) > 0, assumeNotNull(propensity), 1), stake ${sliceNames(rules)}
       ${comparable} ORDER BY sipHash64(prediction_id) LIMIT ${Math.trunc(most)} FORMAT Native`,
      parameters,
    ),
  );
  const pages: StoredLabels[] = [];
  while (reader.next()) {
    const [control, candidate, positive] = [reader.floats(), reader.floats(), reader.small()];
    const [weights, stakes] = [reader.floats(), reader.floats()];
    const total = reader.rows;
    pages.push({ total, control, candidate, positive, weights, stakes, slices: rules.map(() => reader.dictionary()) });
  }
  const read = joined(pages, rules);
  if (read.total < most) return read;
  const [all] = await engine.rows<{ count: number }>(`${judged} SELECT count() AS count ${comparable}`, parameters);
  return { ...read, total: all?.count ?? read.total };
}

/** Labels of all models: up to here it is quicker to read them all than to look for those of a replay. */
const MANY_LABELS = 2_000_000;

function joined(pages: readonly StoredLabels[], rules: readonly string[]): StoredLabels {
  const floats = (of: (page: StoredLabels) => Float64Array): Float64Array => {
    const all = new Float64Array(pages.reduce((sum, page) => sum + of(page).length, 0));
    let at = 0;
    for (const page of pages) {
      all.set(of(page), at);
      at += of(page).length;
    }
    return all;
  };
  const positive = Uint8Array.from(floats(({ positive: column }) => Float64Array.from(column)));
  return {
    total: positive.length,
    control: floats((page) => page.control),
    candidate: floats((page) => page.candidate),
    positive,
    weights: floats((page) => page.weights),
    stakes: floats((page) => page.stakes),
    slices: joinSlices(pages, rules, positive.length),
  };
}

type Sliced = Pick<StoredLabels, 'slices'>;

/** Slices of all pages, a column for each rule; each block has a dictionary of its own. */
export function joinSlices(pages: readonly Sliced[], rules: readonly string[], rows: number): DictionaryColumn[] {
  return rules.map((_, rule) => joinedSlices(pages, rule, rows));
}

function joinedSlices(pages: readonly Sliced[], rule: number, rows: number): DictionaryColumn {
  const keys: string[] = [];
  const numberOf = new Map<string, number>();
  const indexes = new Uint32Array(rows);
  let at = 0;
  for (const page of pages) {
    const column = page.slices[rule];
    const numbers = (column?.keys ?? []).map((key) => {
      if (!numberOf.has(key)) numberOf.set(key, keys.push(key) - 1);
      return numberOf.get(key) ?? 0;
    });
    for (const index of column?.indexes ?? []) indexes[at++] = numbers[index] ?? 0;
  }
  return { keys, indexes };
}

/** A live shadow times some as long as it runs: what it is now is in the newest. */
const MOST_TIMED = 10_000;

/** Milliseconds of predictions that both versions were timed on, the newest where there are many. */
export async function readTimedPairs(
  engine: Engine,
  replay: string,
  versions: { readonly control: string; readonly candidate: string },
): Promise<{ readonly control: number; readonly candidate: number }[]> {
  return engine.rows(
    `SELECT anyIf(latency_ms, version = {control:String}) AS control, anyIf(latency_ms, version = {candidate:String}) AS candidate
     FROM {database}.shadow_latencies WHERE replay = {replay:String} AND version IN ({control:String}, {candidate:String})
     GROUP BY timestamp, prediction_id HAVING uniqExact(version) = 2 ORDER BY timestamp DESC LIMIT ${MOST_TIMED}`,
    { replay, ...versions },
  );
}

/** Trace and tags of a few predictions, by id. */
export async function readPredictionLinks(
  engine: Engine,
  model: string,
  found: readonly { readonly predictionId: string; readonly version: string; readonly timestamp: number }[],
): Promise<Map<string, Pick<FlipExample, 'traceId' | 'tags'>>> {
  if (found.length === 0) return new Map();
  const rows = await engine.rows<{ id: string; traceId: string; tags: Record<string, string> }>(
    `SELECT prediction_id AS id, any(trace_id) AS traceId, any(tags) AS tags FROM {database}.predictions
     WHERE model = {model:String} AND version IN {versions:Array(String)}
       AND toUnixTimestamp64Milli(timestamp) IN {times:Array(Int64)} AND timestamp >= fromUnixTimestamp64Milli({from:Int64})
       AND timestamp <= fromUnixTimestamp64Milli({to:Int64}) AND prediction_id IN {ids:Array(String)} GROUP BY prediction_id`,
    {
      model,
      versions: [...new Set(found.map(({ version }) => version))],
      times: found.map(({ timestamp }) => timestamp),
      from: Math.min(...found.map(({ timestamp }) => timestamp)),
      to: Math.max(...found.map(({ timestamp }) => timestamp)),
      ids: found.map(({ predictionId }) => predictionId),
    },
  );
  return new Map(rows.map(({ id, ...links }) => [id, links]));
}

function bind({ replay, version, population, slices }: StoredScores): Parameters {
  return { ...bindPopulation(population), replay, scoredBy: version, ...bindSlices(slices) };
}
