import { quoteName } from './client.ts';
import type { Engine, Parameters } from './engine.ts';

export type UploadFormat = 'parquet' | 'csv' | 'ndjson';

const FORMATS: Readonly<Record<UploadFormat, string>> = {
  parquet: 'Parquet',
  csv: 'CSVWithNames',
  ndjson: 'JSONEachRow',
};

/** What a column of a file is: by the engine's name for its type, without Nullable and LowCardinality. */
export interface FileColumn {
  readonly name: string;
  readonly type: string;
}

/** A file as it was uploaded, with the columns of it that are read. */
export interface UploadedFile<Column extends FileColumn = FileColumn> {
  readonly path: string;
  readonly format: UploadFormat;
  readonly columns: readonly Column[];
}

/**
 * Types are found over the whole file, dates stay text, and a value of another type than those before it is an error. The caps
 * stop a small file that unpacks into a large one.
 */
export const READING_FILES = `SETTINGS max_memory_usage = 2000000000, max_execution_time = 300, precise_float_parsing = 1,
  input_format_max_rows_to_read_for_schema_inference = 1000000000, input_format_max_bytes_to_read_for_schema_inference = 1000000000000,
  input_format_try_infer_dates = 0, input_format_try_infer_datetimes = 0,
  input_format_json_read_numbers_as_strings = 0, input_format_json_read_bools_as_strings = 0, input_format_json_read_bools_as_numbers = 0`;

/** The columns of a file; of CSV all are text. */
export async function describeFile(engine: Engine, path: string, format: UploadFormat): Promise<FileColumn[]> {
  const columns = await engine.rows<FileColumn>(
    `DESCRIBE TABLE file({path:String}, {format:String}) ${READING_FILES}`,
    { path, format: FORMATS[format] },
  );
  return columns.map(({ name, type }) => ({ name, type: format === 'csv' ? 'String' : bare(type) }));
}

function bare(type: string): string {
  const inner = /^(?:Nullable|LowCardinality)\((.*)\)$/.exec(type)?.[1];
  return inner === undefined ? type : bare(inner);
}

/** What the values of one column are; a number is one that a double holds, or a text that is one. */
export interface ColumnProfile {
  /** Rows that have a value. */
  readonly present: number;
  readonly notNumbers: number;
  /** One value that is no number; empty without any. */
  readonly example: string;
  /** `true` and `false`, however written. */
  readonly booleans: number;
  /** NaN and infinite. */
  readonly notFinite: number;
  readonly smallest: number | null;
  readonly largest: number | null;
}

export interface FileProfile {
  readonly rows: number;
  /** Of each column, in their order. */
  readonly profiles: readonly ColumnProfile[];
}

/** A column with what its values are looked at as. */
export interface KindOfColumn extends FileColumn {
  readonly kind: 'number' | 'text' | 'embedding' | 'moment';
}

/** Reads every value of a file once. */
export async function profileFile(engine: Engine, file: UploadedFile<KindOfColumn>): Promise<FileProfile> {
  const { sources, from, parameters } = openFile(file);
  const numbers = file.columns.map(({ kind, type }, at) => {
    const column = sources[at]!;
    if (kind === 'number') return `toFloat64(${column})`;
    if (kind === 'text') return `toFloat64OrNull(toString(${column}))`;
    if (kind === 'moment') return `toFloat64(toUnixTimestamp64Milli(${momentOf(column, type)}))`;
    return `if(empty(${column}), NULL, if(arrayExists(x -> isNull(x) OR NOT isFinite(x), ${column}), nan, 0.))`;
  });
  const texts = file.columns.map(({ kind }, at) =>
    kind === 'text' || kind === 'moment' ? `toString(${sources[at]!})` : 'NULL',
  );
  const [found] = await engine.rows<{ rows: number } & Readonly<Record<string, readonly (number | null)[]>>>(
    `SELECT count() AS rows,
       sumForEach(arrayMap((n, t) -> toUInt64(isNotNull(n) OR isNotNull(t)), ns, ts)) AS present,
       sumForEach(arrayMap((n, t) -> toUInt64(isNull(n) AND isNotNull(t)), ns, ts)) AS not_numbers,
       maxForEach(arrayMap((n, t) -> if(isNull(n), substringUTF8(ifNull(t, ''), 1, 60), ''), ns, ts)) AS examples,
       sumForEach(arrayMap(t -> toUInt64(ifNull(lower(t) IN ('true', 'false'), 0)), ts)) AS booleans,
       sumForEach(arrayMap(n -> toUInt64(ifNull(NOT isFinite(n), 0)), ns)) AS not_finite,
       minForEach(ns) AS smallest, maxForEach(ns) AS largest
     FROM (SELECT CAST([${numbers.join(', ')}], 'Array(Nullable(Float64))') AS ns,
                  CAST([${texts.join(', ')}], 'Array(Nullable(String))') AS ts FROM ${from}) ${READING_FILES}`,
    parameters,
  );
  const examples = found?.['examples'] as unknown as readonly string[] | undefined;
  const at = (name: string, column: number): number => found?.[name]?.[column] ?? 0;
  return {
    rows: found?.rows ?? 0,
    profiles: file.columns.map((_column, column) => ({
      present: at('present', column),
      notNumbers: at('not_numbers', column),
      example: examples?.[column] ?? '',
      booleans: at('booleans', column),
      notFinite: at('not_finite', column),
      smallest: found?.['smallest']?.[column] ?? null,
      largest: found?.['largest']?.[column] ?? null,
    })),
  };
}

/** A moment (DateTime64 of milliseconds in UTC, or NULL) out of a date, of Unix milliseconds, or of text. */
export function momentOf(column: string, type: string): string {
  if (type.startsWith('Date')) return `toDateTime64(${column}, 3, 'UTC')`;
  if (/^U?Int/.test(type)) return `fromUnixTimestamp64Milli(toInt64(${column}), 'UTC')`;
  return `parseDateTime64BestEffortOrNull(toString(${column}), 3, 'UTC')`;
}

/** The table function over a file, and the expression of each of its columns: names are bound, never written. */
export function openFile({ path, format, columns }: UploadedFile): {
  readonly sources: readonly string[];
  readonly from: string;
  readonly parameters: Parameters;
} {
  const nullable = (type: string): string => (/^(Array|Map)\(/.test(type) ? type : `Nullable(${type})`);
  const structure = columns.map(({ name, type }) => `${quoteName(name)} ${nullable(type)}`).join(', ');
  return {
    sources: columns.map((_column, at) => `{c${at}:Identifier}`),
    from: 'file({path:String}, {format:String}, {structure:String})',
    parameters: {
      path,
      format: FORMATS[format],
      structure,
      ...Object.fromEntries(columns.map(({ name }, at) => [`c${at}`, name])),
    },
  };
}
