import { ALL } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { countRollups } from './rebuild-rollups.ts';
import { referenceTables } from './reference-tables.ts';
import { readExtent } from './traffic.ts';
import { momentOf, openFile, READING_FILES, type FileColumn, type UploadedFile } from './uploaded-file.ts';

/** Fields of a prediction that a column of the same name holds. */
export const FIELDS = [
  'timestamp',
  'version',
  'score',
  'decision',
  'value',
  'propensity',
  'latency_ms',
  'label',
] as const;
/** Columns of a snapshot or an export: maps of many features, classes or tags. */
export const MAPS = ['numbers', 'categories', 'embeddings', 'scores', 'tags'] as const;

/** What a column is read as: a feature by its kind, a field of a prediction, a tag, or a map of many. */
export type ColumnRole =
  'number' | 'category' | 'boolean' | 'embedding' | 'tag' | (typeof FIELDS)[number] | (typeof MAPS)[number];

export interface RoleOfColumn extends FileColumn {
  readonly role: ColumnRole;
}

export interface LoadedReference {
  readonly rows: number;
  readonly labelled: number;
  /** First and last bucket of the rollups, Unix milliseconds. */
  readonly extent: { readonly from: number; readonly to: number };
}

/**
 * Puts the rows of a file into the tables of references, under an id, and counts their rollups. What an earlier attempt left
 * under the same id goes first.
 * @param untimedAt when rows without a timestamp are said to have been made, Unix milliseconds
 * @param receivedAt decides with the timestamps how fine the buckets of the rollups are
 */
export async function loadReference(
  engine: Engine,
  id: string,
  file: UploadedFile<RoleOfColumn>,
  slices: readonly string[],
  { untimedAt, receivedAt }: { readonly untimedAt: number; readonly receivedAt: number },
): Promise<LoadedReference> {
  const own = referenceTables(engine);
  await discardReference(engine, id);
  const { sources, from, parameters } = openFile(file);
  await engine.run(
    `INSERT INTO {database}.reference_predictions
       (timestamp, model, version, role, prediction_id, numbers_given, categories, embeddings, score, scores, decision, value,
        propensity, latency_ms, trace_id, span_id, tags, received_at, segment, label)
     SELECT ${rowOf(file.columns, sources)} FROM ${from} ${READING_FILES}`,
    { ...parameters, ...namesOf(file.columns), id, untimed: untimedAt, received: receivedAt },
  );
  await countRollups(own, id, slices);
  const [found] = await own.rows<{ rows: number; labelled: number }>(
    'SELECT count() AS rows, countIf(isNotNull(label)) AS labelled FROM {database}.predictions WHERE model = {id:String}',
    { id },
  );
  const extent = (await readExtent(own, id)) ?? { from: untimedAt, to: untimedAt };
  return { rows: found?.rows ?? 0, labelled: found?.labelled ?? 0, extent };
}

/** Removes what stands under the id of a reference; nothing is the same. */
export async function discardReference(engine: Engine, id: string): Promise<void> {
  const own = referenceTables(engine);
  await own.run('DELETE FROM {database}.predictions WHERE model = {id:String}', { id });
  await own.run('DELETE FROM {database}.prediction_minutes WHERE model = {id:String}', { id });
  await own.run('DELETE FROM {database}.prediction_hours WHERE model = {id:String}', { id });
}

/** The categorical feature with the most different texts, and how many. */
export async function widestCategory(
  engine: Engine,
  id: string,
): Promise<{ readonly name: string; readonly texts: number } | undefined> {
  const [widest] = await referenceTables(engine).rows<{ name: string; texts: number }>(
    `SELECT name, uniq(text) AS texts
     FROM (SELECT mapKeys(categories) AS keys, mapValues(categories) AS values FROM {database}.predictions WHERE model = {id:String})
     ARRAY JOIN keys AS name, values AS text GROUP BY name ORDER BY texts DESC, name LIMIT 1`,
    { id },
  );
  return widest;
}

/** The SELECT list of a row, in the order of the columns of the table. */
function rowOf(columns: readonly RoleOfColumn[], sources: readonly string[]): string {
  const at = (role: ColumnRole): number => columns.findIndex((column) => column.role === role);
  const field = (role: ColumnRole, read: (source: string, type: string) => string, without: string): string =>
    at(role) < 0 ? without : read(sources[at(role)]!, columns[at(role)]!.type);
  const all = (...roles: ColumnRole[]): string[] =>
    columns.flatMap(({ role, type }, place) => (roles.includes(role) ? [valueOf(role, sources[place]!, type)] : []));
  const map = (names: string, values: readonly string[], own: ColumnRole, type: string): string => {
    const flat = `mapFilter((name, value) -> isNotNull(value), CAST(({${names}:Array(String)}, [${values.join(', ')}]), 'Map(String, Nullable(${type}))'))`;
    const parts = [
      ...(values.length > 0 ? [`CAST(${flat}, 'Map(String, ${type})')`] : []),
      ...(at(own) < 0 ? [] : [`CAST(${sources[at(own)]!}, 'Map(String, ${type})')`]),
    ];
    return parts.reduce((one, other) => (one === '' ? other : `mapUpdate(${one}, ${other})`), '') || 'map()';
  };
  const number = (source: string, type: string): string => valueOf('number', source, type);
  const text = (source: string): string => `ifNull(toString(${source}), '')`;
  const untimed = `fromUnixTimestamp64Milli({untimed:Int64}, 'UTC')`;
  return [
    field('timestamp', (source, type) => `assumeNotNull(${momentOf(source, type)})`, untimed),
    '{id:String}',
    field('version', text, `'${ALL}'`),
    `'control'`,
    `concat({id:String}, '-', toString(rowNumberInAllBlocks()))`,
    map('numberNames', all('number'), 'numbers', 'Float64'),
    map('categoryNames', all('category', 'boolean'), 'categories', 'String'),
    embeddingsOf(all('embedding'), at('embeddings') < 0 ? undefined : sources[at('embeddings')]),
    field('score', number, 'NULL'),
    at('scores') < 0 ? 'map()' : sources[at('scores')]!,
    field('decision', text, `''`),
    field('value', number, 'NULL'),
    field('propensity', number, 'NULL'),
    field('latency_ms', number, 'NULL'),
    `''`,
    `''`,
    map('tagNames', all('tag'), 'tags', 'String'),
    'fromUnixTimestamp64Milli({received:Int64})',
    '0',
    field('label', labelOf, 'NULL'),
  ].join(', ');
}

function embeddingsOf(flat: readonly string[], own: string | undefined): string {
  const named = `mapFilter((name, value) -> notEmpty(value), CAST(({embeddingNames:Array(String)}, [${flat.join(', ')}]), 'Map(String, Array(Float32))'))`;
  if (own === undefined) return flat.length === 0 ? 'map()' : named;
  return flat.length === 0 ? own : `mapUpdate(${named}, ${own})`;
}

function valueOf(role: ColumnRole, source: string, type: string): string {
  if (role === 'number') return type === 'String' ? `toFloat64OrNull(${source})` : `toFloat64(${source})`;
  if (role === 'embedding') return `CAST(${source}, 'Array(Float32)')`;
  return role === 'boolean' ? `lower(toString(${source}))` : `toString(${source})`;
}

/** A label as text, as the door writes it: 1 however the number was written, and for true. */
function labelOf(source: string, type: string): string {
  if (type === 'Bool') return `toString(toUInt8(${source}))`;
  if (type !== 'String') return `toString(${source})`;
  const known = `toFloat64OrNull(${source})`;
  return `multiIf(lower(${source}) = 'true', '1', lower(${source}) = 'false', '0', isNotNull(${known}), toString(${known}), ${source})`;
}

function namesOf(columns: readonly RoleOfColumn[]) {
  const of = (...roles: ColumnRole[]): string[] =>
    columns.filter(({ role }) => roles.includes(role)).map(({ name }) => name);
  return {
    numberNames: of('number'),
    categoryNames: of('category', 'boolean'),
    embeddingNames: of('embedding'),
    tagNames: of('tag'),
  };
}
