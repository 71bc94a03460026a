import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { SCORE_ERRORS } from '../../shadow/tally.ts';
import type { Engine } from './engine.ts';

/** What one version said of some predictions. */
export interface ScoredPage {
  readonly replay: string;
  readonly model: string;
  readonly version: string;
  readonly rows: number;
  /** As in a column of a `Native` block: length (varint) and bytes of one id after the other. */
  readonly ids: Uint8Array;
  /** Unix milliseconds. */
  readonly timestamps: BigInt64Array;
  /** NaN where there is no score; of a model that tells classes apart row-major, one a class. */
  readonly scores: Float32Array;
  /** Names of the classes; null for one score a row. All pages of a file have classes, or none has. */
  readonly classes?: readonly string[] | null;
  /** Index into `SCORE_ERRORS`. */
  readonly errors: Uint8Array;
}

const COLUMNS = ['replay', 'model', 'version', 'prediction_id', 'timestamp', 'score', 'error'];
const CLASS_COLUMNS = [...COLUMNS, 'scores'];

/** Scores on their way into the store: pages gather in a file, because few large blocks load and merge faster. */
export interface ScoreFile {
  /** Predictions in the file. */
  readonly rows: number;
  add(page: ScoredPage): Promise<void>;
  /** Stores what is in the file, and removes it. */
  load(engine: Engine): Promise<void>;
  discard(): Promise<void>;
}

/** A new file in `folder`; the file is made with its first page. */
export function scoreFile(folder: string): ScoreFile {
  const token = randomUUID();
  const path = join(folder, `${token}.native`);
  let file: FileHandle | undefined;
  let columns = COLUMNS;
  let rows = 0;
  const discard = async (): Promise<void> => {
    await file?.close();
    file = undefined;
    await rm(path, { force: true });
  };
  return {
    get rows() {
      return rows;
    },
    add: async (page) => {
      if (page.rows === 0) return;
      file ??= await open(path, 'w');
      rows += page.rows;
      columns = columnsOf(page);
      await file.writev(nativeBlock(page));
    },
    load: async (engine) => {
      if (file === undefined) return;
      await file.close();
      file = undefined;
      try {
        // In order as they are: looking for repeats in each block costs twice the rest, and reads look for them anyway.
        await engine.insertBlocks('shadow_scores', columns, path, token, undefined, true);
      } finally {
        await discard();
      }
    },
    discard,
  };
}

/**
 * Predictions that are stored under a name of one version, each once. Where as many rows as `expected` are stored there
 * are no repeats, and nothing need be compared.
 */
export async function countScored(engine: Engine, replay: string, version: string, expected?: number): Promise<number> {
  const count = async (final: string): Promise<number> => {
    const [found] = await engine.rows<{ count: number }>(
      `SELECT count() AS count FROM {database}.shadow_scores ${final} WHERE replay = {replay:String} AND version = {version:String}`,
      { replay, version },
    );
    return found?.count ?? 0;
  };
  const rows = await count('');
  return rows === expected ? rows : count('FINAL');
}

function columnsOf({ classes = null }: ScoredPage): string[] {
  return classes === null ? COLUMNS : CLASS_COLUMNS;
}

/** Columns in the order of `columnsOf`; `Native` numbers are little-endian, as typed arrays are on every machine the engine runs on. */
function nativeBlock(page: ScoredPage): Uint8Array[] {
  const { replay, model, version, scores, errors, classes = null } = page;
  const same = new Uint8Array(page.rows).fill(1);
  return [
    varint(columnsOf(page).length),
    varint(page.rows),
    ...dictionaryColumn('replay', ['', replay], same),
    ...dictionaryColumn('model', ['', model], same),
    ...dictionaryColumn('version', ['', version], same),
    ...column('prediction_id', 'String', page.ids),
    ...column('timestamp', "DateTime64(3, 'UTC')", bytesOf(page.timestamps)),
    ...column('score', 'Nullable(Float64)', ...nullable(classes === null ? scores : largest(scores, classes.length))),
    ...dictionaryColumn('error', SCORE_ERRORS, errors),
    ...(classes === null ? [] : mapColumn('scores', classes, scores)),
  ];
}

function column(name: string, type: string, ...data: readonly Uint8Array[]): Uint8Array[] {
  return [text(name), text(type), ...data];
}

/** `LowCardinality(String)` with one byte a row: version 1, index type UInt8 with its own keys (0x600), keys, indexes. */
function dictionaryColumn(name: string, keys: readonly string[], indexes: Uint8Array): Uint8Array[] {
  const header = bytesOf(new BigUint64Array([1n, 0x600n, BigInt(keys.length)]));
  const count = bytesOf(new BigUint64Array([BigInt(indexes.length)]));
  return column(name, 'LowCardinality(String)', header, ...keys.map(text), count, indexes);
}

/**
 * `Map(LowCardinality(String), Float64)`, empty in the rows without scores: version of the dictionary, the end of each row,
 * then names as a dictionary column has them, and values.
 */
function mapColumn(name: string, classes: readonly string[], scores: Float32Array): Uint8Array[] {
  const rows = scores.length / classes.length;
  const ends = new BigUint64Array(rows);
  const values = Float64Array.from(scores.filter((score) => !Number.isNaN(score)));
  let end = 0;
  for (let row = 0; row < rows; row++) {
    if (!Number.isNaN(scores[row * classes.length])) end += classes.length;
    ends[row] = BigInt(end);
  }
  const indexes = Uint8Array.from({ length: end }, (_, at) => 1 + (at % classes.length));
  const keys = ['', ...classes];
  const type = 'Map(LowCardinality(String), Float64)';
  const names =
    end === 0
      ? []
      : [
          bytesOf(new BigUint64Array([0x600n, BigInt(keys.length)])),
          ...keys.map(text),
          bytesOf(new BigUint64Array([BigInt(end)])),
          indexes,
        ];
  return column(name, type, bytesOf(new BigUint64Array([1n])), bytesOf(ends), ...names, bytesOf(values));
}

/** The largest score of each row; NaN where there is none. */
function largest(scores: Float32Array, columns: number): Float32Array {
  return Float32Array.from({ length: scores.length / columns }, (_, row) =>
    scores.subarray(row * columns, (row + 1) * columns).reduce((most, score) => Math.max(most, score)),
  );
}

/** NaN as NULL: first a byte a row that says which are NULL, then the values. */
function nullable(values: Float32Array): Uint8Array[] {
  const missing = new Uint8Array(values.length);
  const stored = Float64Array.from(values);
  for (let row = 0; row < stored.length; row++) if (Number.isNaN(stored[row])) [missing[row], stored[row]] = [1, 0];
  return [missing, bytesOf(stored)];
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(bytes.length), bytes]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

function bytesOf(values: BigInt64Array | BigUint64Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
