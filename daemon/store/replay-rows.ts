import type { ModelInput, Window } from '../../detectors/terms.ts';
import type { Engine, Parameters } from './engine.ts';

/** The recorded predictions that a replay covers. */
export interface Population {
  readonly model: string;
  /** Versions that answered. */
  readonly versions: readonly string[];
  readonly window: Window;
  /** Predictions that came later do not belong to the replay. */
  readonly receivedBy: number;
  /** Largest `cityHash64(prediction_id)` of the sample, in decimal; the largest possible for no sample. */
  readonly hashAtMost: string;
}

/** Place of a prediction in the order of a replay: by time, then by id. */
export interface Cursor {
  readonly timestamp: number;
  readonly predictionId: string;
}

/** A stretch of one version's predictions, encoded for a model. */
export interface ReplayPage {
  readonly rows: number;
  /** Row-major float32, `rows` x the columns of the model. */
  readonly matrix: Float32Array;
  /** As in a column of a `Native` block: length (varint) and bytes of one id after the other. */
  readonly ids: Uint8Array;
  /** Unix milliseconds. */
  readonly timestamps: BigInt64Array;
  /** 1 for the predictions of the small sample, else 0. */
  readonly sampled: Uint8Array;
}

export interface PageQuery {
  readonly population: Population;
  readonly version: string;
  /** The page starts behind it. */
  readonly after: Cursor | null;
  /** Leaves out what this replay has stored of this version. */
  readonly unscored?: { readonly replay: string; readonly version: string } | undefined;
}

/** How the predictions of a page become numbers. */
export interface PageEncoding {
  readonly inputs: readonly ModelInput[];
  /** Columns that the inputs make. */
  readonly width: number;
  /** Marks the small sample, by hash as in `Population`. */
  readonly sampleHashAtMost: string;
}

export const LARGEST_HASH = '18446744073709551615';

/** Rows of a `Population` as a WHERE clause, with `{model}`, `{from}` and the like to be bound by `bindPopulation`. */
export const IN_POPULATION = `model = {model:String} AND version IN {versions:Array(String)}
  AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})
  AND received_at <= fromUnixTimestamp64Milli({receivedBy:Int64}) AND cityHash64(prediction_id) <= {hashAtMost:UInt64}`;

export function bindPopulation(population: Population): Parameters {
  const { model, versions, window, receivedBy, hashAtMost } = population;
  return { model, versions: [...versions], from: window.from, to: window.to, receivedBy, hashAtMost };
}

/** Versions with predictions in a window, and how many; a repeated prediction counts once. */
export async function countRecorded(
  engine: Engine,
  { model, window, receivedBy }: Pick<Population, 'model' | 'window' | 'receivedBy'>,
  version: string | null,
): Promise<{ version: string; count: number }[]> {
  return engine.rows(
    `SELECT version, count() AS count FROM {database}.predictions FINAL
     WHERE model = {model:String} AND ({version:String} = '' OR version = {version:String})
       AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})
       AND received_at <= fromUnixTimestamp64Milli({receivedBy:Int64})
     GROUP BY version ORDER BY version`,
    { model, version: version ?? '', from: window.from, to: window.to, receivedBy },
  );
}

/** The hash up to which a sample of `count` predictions reaches: the same predictions each time, a smaller sample inside a larger one. */
export async function hashOfSample(engine: Engine, population: Population, count: number): Promise<string> {
  const found = await engine.rows<{ hash: string; count: number }>(
    `SELECT toString(max(hash)) AS hash, count() AS count FROM (
       SELECT cityHash64(prediction_id) AS hash FROM {database}.predictions FINAL WHERE ${IN_POPULATION} ORDER BY hash LIMIT {count:UInt64})`,
    { ...bindPopulation(population), count },
  );
  const [sample] = found;
  return sample === undefined || sample.count < count ? population.hashAtMost : sample.hash;
}

/** Names of the tags that recorded predictions carry. */
export async function readTags(engine: Engine, model: string, window: Window): Promise<string[]> {
  const found = await engine.rows<{ tag: string }>(
    `SELECT DISTINCT arrayJoin(mapKeys(tags)) AS tag FROM {database}.predictions
     WHERE model = {model:String} AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})
     ORDER BY tag LIMIT 1000`,
    { model, from: window.from, to: window.to },
  );
  return found.map((row) => row.tag);
}

/**
 * Finds the prediction that ends the next page of `rows` predictions, or the last one there is.
 * @returns null when none follow
 */
export async function findPageEnd(engine: Engine, query: PageQuery, rows: number): Promise<Cursor | null> {
  const found = await engine.rows<{ at: number; id: string }>(
    `SELECT toUnixTimestamp64Milli(max((timestamp, prediction_id)).1) AS at, max((timestamp, prediction_id)).2 AS id FROM (
       SELECT timestamp, prediction_id FROM {database}.predictions FINAL WHERE ${onPage(query)}
       ORDER BY timestamp, prediction_id LIMIT {rows:UInt64}) HAVING count() > 0`,
    { ...bindPage(query, null), rows },
  );
  return found[0] === undefined ? null : { timestamp: found[0].at, predictionId: found[0].id };
}

/**
 * Reads the predictions of one version behind `after`, up to and with `until`, each once, as a matrix that needs no
 * parsing: the engine encodes the features as the model wants them. Their order is the engine's.
 */
export async function readReplayPage(
  engine: Engine,
  query: PageQuery,
  until: Cursor,
  { inputs, width, sampleHashAtMost }: PageEncoding,
): Promise<ReplayPage> {
  const numbers = inputs.flatMap((input, at) => columnsOf(input, at + 1));
  // Both ends are named instead of a LIMIT, with which the engine reads far more than the page.
  const bytes = await engine.bytes(
    `WITH {names:Array(String)} AS names, {categories:Array(Array(String))} AS categories_of,
       {fills:Array(Float64)} AS fills, {means:Array(Float64)} AS means, {scales:Array(Float64)} AS scales
     SELECT prediction_id, toUnixTimestamp64Milli(timestamp), cityHash64(prediction_id) <= {sampleHashAtMost:UInt64}, ${numbers.join(', ')}
     FROM {database}.predictions FINAL
     WHERE ${onPage(query)} AND timestamp <= fromUnixTimestamp64Milli({untilTime:Int64})
       AND (timestamp, prediction_id) <= (fromUnixTimestamp64Milli({untilTime:Int64}), {untilId:String})
     FORMAT RowBinary`,
    { ...bindPage(query, until), ...bindInputs(inputs), sampleHashAtMost },
  );
  return decodePage(bytes, width);
}

function onPage({ after, unscored }: PageQuery): string {
  const behind = `timestamp >= fromUnixTimestamp64Milli({afterTime:Int64})
    AND (timestamp, prediction_id) > (fromUnixTimestamp64Milli({afterTime:Int64}), {afterId:String})`;
  const notStored = `(timestamp, prediction_id) NOT IN (
    SELECT timestamp, prediction_id FROM {database}.shadow_scores WHERE replay = {replay:String} AND version = {scoredBy:String})`;
  const conditions = [
    IN_POPULATION,
    ...(after === null ? [] : [behind]),
    ...(unscored === undefined ? [] : [notStored]),
  ];
  return conditions.join(' AND ');
}

function bindPage({ population, version, after, unscored }: PageQuery, until: Cursor | null): Parameters {
  return {
    ...bindPopulation({ ...population, versions: [version] }),
    afterTime: after?.timestamp ?? 0,
    afterId: after?.predictionId ?? '',
    untilTime: until?.timestamp ?? 0,
    untilId: until?.predictionId ?? '',
    replay: unscored?.replay ?? '',
    scoredBy: unscored?.version ?? '',
  };
}

/** Expressions of one input's columns; names and values are bound, `at` counts the inputs from 1. */
function columnsOf(input: ModelInput, at: number): string[] {
  if (input.encoding === 'number') return [numberColumn(input, at)];
  const category = `categories[names[${at}]]`;
  if (input.encoding === 'boolean') return [`toFloat32(${category} = 'true')`];
  return (input.categories ?? []).map(
    (_, index) =>
      `toFloat32(mapContains(categories, names[${at}]) AND ${category} = categories_of[${at}][${index + 1}])`,
  );
}

function numberColumn({ fill, log1p, mean, scale }: ModelInput, at: number): string {
  const found = `numbers[names[${at}]]`;
  // A name that is not in the map gives 0: only then is it looked for a second time.
  const filled =
    fill === 0 ? found : `if(${found} != 0, ${found}, if(mapContains(numbers, names[${at}]), 0., fills[${at}]))`;
  const raw = log1p ? `(sign(${filled} AS raw_${at}) * log1p(abs(raw_${at})))` : filled;
  return mean === 0 && scale === 1 ? `toFloat32(${raw})` : `toFloat32((${raw} - means[${at}]) / scales[${at}])`;
}

function bindInputs(inputs: readonly ModelInput[]): Parameters {
  return {
    names: inputs.map((input) => input.feature),
    categories: inputs.map((input) => [...(input.categories ?? [])]),
    fills: inputs.map((input) => input.fill),
    means: inputs.map((input) => input.mean),
    scales: inputs.map((input) => input.scale),
  };
}

/** Takes rows of `RowBinary` apart: id, time, sample mark, then the columns as they are. */
function decodePage(bytes: Uint8Array, width: number): ReplayPage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const columnBytes = width * 4;
  // Of an id, at least its length is there.
  const mostRows = Math.floor(bytes.length / (columnBytes + 10));
  const matrix = new Uint8Array(mostRows * columnBytes);
  const timestamps = new BigInt64Array(mostRows);
  const sampled = new Uint8Array(mostRows);
  const ids = new Uint8Array(bytes.length);
  let [rows, at, idsEnd] = [0, 0, 0];
  for (; at < bytes.length; rows++) {
    const idEnd = endOfText(bytes, at);
    ids.set(bytes.subarray(at, idEnd), idsEnd);
    idsEnd += idEnd - at;
    timestamps[rows] = view.getBigInt64(idEnd, true);
    sampled[rows] = bytes[idEnd + 8] ?? 0;
    at = idEnd + 9 + columnBytes;
    matrix.set(bytes.subarray(idEnd + 9, at), rows * columnBytes);
  }
  return {
    rows,
    matrix: new Float32Array(matrix.buffer, 0, rows * width),
    ids: ids.subarray(0, idsEnd),
    timestamps: timestamps.subarray(0, rows),
    sampled: sampled.subarray(0, rows),
  };
}

/** Rows of the small sample by their time and id. */
export function sampledRows({ ids, timestamps, sampled }: ReplayPage): Map<string, number> {
  const found = new Map<string, number>();
  for (let at = 0, row = 0; at < ids.length; at = endOfText(ids, at), row++)
    if (sampled[row] === 1) found.set(`${timestamps[row]} ${textAt(ids, at)}`, row);
  return found;
}

function textAt(bytes: Uint8Array, at: number): string {
  const { start, length } = textSpan(bytes, at);
  return new TextDecoder().decode(bytes.subarray(start, start + length));
}

function endOfText(bytes: Uint8Array, at: number): number {
  const { start, length } = textSpan(bytes, at);
  return start + length;
}

/** Where the bytes of a text lie behind its length, a varint. */
function textSpan(bytes: Uint8Array, at: number): { readonly start: number; readonly length: number } {
  let [length, shift, start] = [0, 0, at];
  for (;;) {
    const byte = bytes[start++] ?? 0;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { start, length };
    shift += 7;
  }
}
