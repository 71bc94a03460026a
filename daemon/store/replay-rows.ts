import { setImmediate as nextTurn } from 'node:timers/promises';
import { codeKey, encodeFeatures, encodeRows, isPlain, type FeatureColumns } from '../../shadow/encode-features.ts';
import type { TakeMemory } from '../../shadow/take-memory.ts';
import type { ModelInput } from '../../detectors/terms.ts';
import { scoresByClass } from './class-scores.ts';
import type { Engine, Parameters } from './engine.ts';
import { letGo } from './page-memory.ts';
import { NativeReader, type DictionaryColumn } from './native-reader.ts';
import type { PageSpan } from './replay-pages.ts';
import { bindSlices, sliceColumns } from './slice-columns.ts';
import { rowsWhere } from './rows-where.ts';
import { bindPopulation, inPopulation, type Population } from './replay-population.ts';

/** Some predictions of one version, encoded for a model, with what was recorded of them. */
export interface ReplayPage {
  readonly version: string;
  readonly rows: number;
  /** Row-major float32, `rows` x the columns of the model. */
  readonly matrix: Float32Array;
  /** As in a column of a `Native` block: length (varint) and bytes of one id after the other. */
  readonly ids: Uint8Array;
  /** Unix milliseconds. */
  readonly timestamps: BigInt64Array;
  /** NaN where no score was recorded. */
  readonly recorded: Float64Array;
  /** Probabilities of the classes asked for and of the most probable other one, row-major; NaN where none were recorded. */
  readonly classScores: Float64Array | null;
  /** Money at stake, 0 where none was recorded. */
  readonly stakes: Float64Array;
  /** For each rule asked for, in order, the slice of each prediction; empty where it lies in none. */
  readonly slices: readonly DictionaryColumn[];
  /** In how many of the samples asked for a prediction is. */
  readonly samples: Uint8Array;
  /** The predictions that are in two of the samples or more, encoded for the control. */
  readonly control: { readonly rows: Uint32Array; readonly matrix: Float32Array } | null;
}

export interface PageQuery {
  readonly population: Population;
  readonly version: string;
  readonly span: Pick<PageSpan, 'from' | 'to' | 'part' | 'parts'>;
  /** Only what these segments of the spool brought. */
  readonly segments?: readonly number[] | undefined;
  /** Only these predictions. */
  readonly ids?: readonly string[] | undefined;
  /** Threads of the engine that read, one by default: what takes the traffic, and the model, keep their share. */
  readonly threads?: number;
  /** Predictions of a piece at the most. */
  readonly pieceRows?: number;
  /** Leaves out what is stored under this name of this version. */
  readonly unscored?: { readonly replay: string; readonly version: string } | undefined;
}

/** How the predictions of a page are read. */
export interface PageEncoding {
  readonly inputs: readonly ModelInput[];
  /** Inputs of the control; null when it is not replayed. */
  readonly controlInputs: readonly ModelInput[] | null;
  /** Rules that cut the traffic, see `parseSliceRule`. */
  readonly slices: readonly string[];
  /** Samples by hash as in `Population`, the larger ones around the smaller. */
  readonly sampleHashes: readonly string[];
  /** Classes whose recorded probabilities are read; null for the score alone. */
  readonly classes?: readonly string[] | null;
}

/** Rows encoded, and counted later, in one go: between two pieces others are served. */
const PIECE_ROWS = 16_384;

/**
 * Reads a page, each prediction once, in one or more pieces: features, scores and stakes as the columns that the engine
 * holds, so that a row costs nothing here until it is encoded. Their order is the engine's. What is large is better read by `openSpan`.
 */
export async function readReplayPage(engine: Engine, query: PageQuery, encoding: PageEncoding): Promise<ReplayPage[]> {
  const { sql, parameters, read } = pageStatement(query, encoding);
  const bytes = await engine.bytes(`${sql} FORMAT Native`, parameters);
  const reader = new NativeReader(bytes);
  const pages: ReplayPage[] = [];
  while (reader.next()) {
    if (reader.rows > 0) pages.push(read(reader, undefined));
    await nextTurn();
  }
  letGo(bytes);
  return pages;
}

/** A statement that reads a page in format `Native`, and what makes a page of each of its blocks. */
export interface PageStatement {
  readonly sql: string;
  readonly parameters: Parameters;
  /** @param take where the page lies; in memory of its own without it */
  read(reader: NativeReader, take: TakeMemory | undefined): ReplayPage;
}

export function pageStatement(query: PageQuery, encoding: PageEncoding): PageStatement {
  const { population, version, span, segments, unscored, ids } = query;
  const { slices, sampleHashes } = encoding;
  const inputs = [...encoding.inputs, ...(encoding.controlInputs ?? [])];
  const numbers = inputs.filter((input) => input.encoding === 'number');
  const categorical = distinct(inputs.filter((input) => input.encoding !== 'number'));
  const narrowed = { ...population, versions: [version], window: { from: span.from, to: span.to } };
  const classes = encoding.classes ?? null;
  const columns = [
    'prediction_id',
    'timestamp',
    'ifNull(score, nan)',
    'ifNull(value, 0)',
    `toUInt8(${sampleHashes.map((_, at) => `(cityHash64(prediction_id) <= {hash${at}:UInt64})`).join(' + ') || '0'})`,
    ...sliceColumns(slices),
    ...(classes === null ? [] : [scoresByClass('scores')]),
    ...categorical.map((input, at) => codeColumn(input, at + 1)),
    ...(numbers.length > 0
      ? ['number_names', `CAST(number_values, 'Array(${numbers.every(isPlain) ? 'Float32' : 'Float64'})')`]
      : []),
  ];
  const sql = `WITH {names:Array(String)} AS names, {categories:Array(Array(String))} AS categories_of
     SELECT ${columns.map((column, at) => `${column} AS c${at}`).join(', ')}
     FROM {database}.predictions FINAL WHERE ${inPopulation(narrowed)}
       ${span.parts > 1 ? 'AND cityHash64(prediction_id) % {parts:UInt64} = {part:UInt64}' : ''} ${segments === undefined ? '' : 'AND segment IN {segments:Array(UInt64)}'} ${unscored === undefined ? '' : NOT_STORED} ${ids === undefined ? '' : 'AND prediction_id IN {ids:Array(String)}'}
     SETTINGS max_threads = ${Math.trunc(query.threads ?? 1)}, max_block_size = ${Math.trunc(query.pieceRows ?? PIECE_ROWS)}, preferred_block_size_bytes = 0`;
  const parameters = {
    ...bindPopulation(narrowed),
    ...bindCategories(categorical),
    ...bindSlices(slices),
    ...(classes === null ? {} : { classes: [...classes] }),
    ...Object.fromEntries(sampleHashes.map((hash, at) => [`hash${at}`, hash])),
    part: span.part,
    parts: span.parts,
    segments: [...(segments ?? [])],
    ids: [...(ids ?? [])],
    replay: unscored?.replay ?? '',
    scoredBy: unscored?.version ?? '',
  };
  const numeric = numbers.length > 0;
  return {
    sql,
    parameters,
    read: (reader, take) => readPiece(reader, version, encoding, categorical, numeric, take),
  };
}

const NOT_STORED = `AND (timestamp, prediction_id) NOT IN (
  SELECT timestamp, prediction_id FROM {database}.shadow_scores
  WHERE replay = {replay:String} AND version = {scoredBy:String}
    AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64}))`;

/** Names and categories are bound; `at` counts the categorical inputs from 1. */
function codeColumn({ encoding, categories = [] }: ModelInput, at: number): string {
  const category = `categories[names[${at}]]`;
  if (encoding === 'boolean') return `toUInt16(${category} = 'true')`;
  const place = `toUInt16(indexOf(categories_of[${at}], ${category}))`;
  // A name that is not in the map gives the empty text, which only matters where that is a category.
  return categories.includes('') ? `if(mapContains(categories, names[${at}]), ${place}, 0)::UInt16` : place;
}

function bindCategories(categorical: readonly ModelInput[]): Parameters {
  return {
    names: categorical.map((input) => input.feature),
    categories: categorical.map((input) => [...(input.categories ?? [])]),
  };
}

function distinct(categorical: readonly ModelInput[]): ModelInput[] {
  return [...new Map(categorical.map((input) => [codeKey(input), input])).values()];
}

/** Columns in the order in which they were selected. */
function readPiece(
  reader: NativeReader,
  version: string,
  { inputs, controlInputs, slices: rules, classes = null }: PageEncoding,
  categorical: readonly ModelInput[],
  numeric: boolean,
  take: TakeMemory | undefined,
): ReplayPage {
  const { rows } = reader;
  const [ids, timestamps, recorded] = [reader.texts(), reader.integers(), reader.floats()];
  const [stakes, samples] = [reader.floats(), reader.small()];
  const slices = rules.map(() => reader.dictionary());
  const classScores = classes === null ? null : Float64Array.from(reader.floatArrays());
  const codes = new Map(categorical.map((input) => [codeKey(input), reader.codes()]));
  const { lists, indexes } = numeric ? reader.nameLists() : { lists: [[]], indexes: new Uint8Array(rows) };
  const numbers = numeric ? reader.floatArrays() : new Float32Array();
  const features: FeatureColumns = { rows, lists, listOf: indexes, numbers, codes };
  const control = controlInputs === null ? null : encodeSample(features, controlInputs, samples, take);
  const matrix = encodeFeatures(features, inputs, take);
  const read = { version, rows, ids, timestamps, recorded, classScores, stakes, slices, samples };
  return { ...read, matrix, control };
}

function encodeSample(
  features: FeatureColumns,
  inputs: readonly ModelInput[],
  samples: Uint8Array,
  take: TakeMemory | undefined,
) {
  const rows = rowsWhere(samples, (of) => of >= 2);
  return { rows, matrix: encodeRows(features, inputs, rows, take) };
}
