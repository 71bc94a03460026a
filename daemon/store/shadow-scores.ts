import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import type { ReplayPage } from './replay-rows.ts';

/** Why a prediction has no shadow score; the order is that of the codes in a `ScoredPage`. */
export const SCORE_ERRORS = ['', 'not_finite', 'no_score', 'timeout', 'worker_lost'] as const;
export type ScoreError = (typeof SCORE_ERRORS)[number];

/** What one version said of the predictions of a page. */
export interface ScoredPage {
  readonly replay: string;
  readonly model: string;
  readonly version: string;
  readonly page: Pick<ReplayPage, 'rows' | 'ids' | 'timestamps'>;
  /** NaN where there is no score. */
  readonly scores: Float32Array;
  /** Milliseconds; NaN where it was not measured. */
  readonly latencies: Float32Array;
  /** Index into `SCORE_ERRORS`. */
  readonly errors: Uint8Array;
}

const COLUMNS = ['replay', 'model', 'version', 'prediction_id', 'timestamp', 'score', 'latency_ms', 'error'];

/**
 * Stores the scores of a page, as one `Native` block.
 * @param folder for the block while the engine reads it
 */
export async function writeScores(engine: Engine, scored: ScoredPage, folder: string): Promise<void> {
  if (scored.page.rows === 0) return;
  const token = randomUUID();
  const file = join(folder, `${token}.native`);
  await writeFile(file, nativeBlock(scored));
  try {
    await engine.insertBlocks('shadow_scores', COLUMNS, file, token);
  } finally {
    await rm(file, { force: true });
  }
}

/** Predictions that a replay has stored of one version. */
export async function countScored(engine: Engine, replay: string, version: string): Promise<number> {
  const found = await engine.rows<{ count: number }>(
    'SELECT count() AS count FROM {database}.shadow_scores FINAL WHERE replay = {replay:String} AND version = {version:String}',
    { replay, version },
  );
  return found[0]?.count ?? 0;
}

/** Columns in the order of `COLUMNS`; `Native` numbers are little-endian, as typed arrays are on every machine the engine runs on. */
function nativeBlock({ replay, model, version, page, scores, latencies, errors }: ScoredPage): Uint8Array {
  const same = new Uint8Array(page.rows).fill(1);
  return Buffer.concat([
    varint(COLUMNS.length),
    varint(page.rows),
    ...dictionaryColumn('replay', ['', replay], same),
    ...dictionaryColumn('model', ['', model], same),
    ...dictionaryColumn('version', ['', version], same),
    ...column('prediction_id', 'String', page.ids),
    ...column('timestamp', 'DateTime64(3)', bytesOf(page.timestamps)),
    ...column('score', 'Nullable(Float64)', ...nullable(scores)),
    ...column('latency_ms', 'Nullable(Float64)', ...nullable(latencies)),
    ...dictionaryColumn('error', SCORE_ERRORS, errors),
  ]);
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

/** NaN as NULL: first a byte a row that says which are NULL, then the values. */
function nullable(values: Float32Array): Uint8Array[] {
  const missing = new Uint8Array(values.length);
  const stored = new Float64Array(values.length);
  for (const [row, value] of values.entries()) {
    if (Number.isNaN(value)) missing[row] = 1;
    else stored[row] = value;
  }
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
