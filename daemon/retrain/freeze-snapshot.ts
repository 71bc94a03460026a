import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Retraining, Snapshot, Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { Engine } from '../store/engine.ts';
import { saveSnapshot, type SavedSnapshot } from '../store/snapshot.ts';

export interface Freezing {
  readonly engine: Engine;
  /** A folder for this snapshot alone; made where it is missing. */
  readonly folder: string;
  readonly retraining: Retraining;
  readonly window: Window;
  readonly maxRows: number;
  readonly settings: ModelSettings;
  /** Unix milliseconds. */
  readonly now: number;
}

/** What a training job is told of its data; stored beside it as `manifest.json`. */
export interface Manifest {
  readonly snapshot: string;
  readonly retraining: string;
  readonly model: string;
  readonly trigger: string;
  readonly path: string;
  readonly format: 'parquet';
  readonly from: string;
  readonly to: string;
  readonly as_of: string;
  readonly rows: number;
  readonly labelled: number;
  readonly label_coverage: number;
  readonly sampled_share: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly query: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly settings: ModelSettings;
}

export interface Frozen {
  readonly snapshot: Snapshot;
  readonly manifest: Manifest;
  readonly manifestPath: string;
}

/**
 * Freezes the training data of a model: a Parquet file and its manifest, complete and on disk under their names or
 * not there at all.
 * @throws when there is not one prediction in the window
 */
export async function freezeSnapshot(freezing: Freezing): Promise<Frozen> {
  const { engine, folder, retraining, window, maxRows, now } = freezing;
  const { model } = retraining;
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'data.parquet');
  const partial = `${path}.partial`;
  const file = { path: partial, discard: () => rm(partial, { force: true }) };
  const saved = await saveSnapshot(engine, { model, window, asOf: now, maxRows }, file);
  if (saved.rows === 0) {
    await file.discard();
    const [from, to] = [window.from, window.to].map((at) => new Date(at).toISOString());
    throw new Error(`there is no prediction of ${model} between ${from} and ${to} to train on`);
  }
  await checkComplete(partial);
  const [sha256, { size: bytes }] = [await hashOf(partial), await stat(partial)];
  await sync(partial);
  await rename(partial, path);
  const id = retraining.id.replace(/^retraining/, 'snapshot');
  const manifest = manifestOf(freezing, saved, { id, path, bytes, sha256 });
  const manifestPath = join(folder, 'manifest.json');
  await writeFile(`${manifestPath}.partial`, `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
  await rename(`${manifestPath}.partial`, manifestPath);
  await sync(folder);
  const { query, rows, labelled, columns } = saved;
  const snapshot: Snapshot = {
    id,
    model,
    state: 'frozen',
    path,
    query,
    window,
    rows,
    labelled,
    bytes,
    sha256,
    columns,
    createdAt: now,
  };
  return { snapshot, manifest, manifestPath };
}

function manifestOf(
  { retraining, window, settings, now }: Freezing,
  saved: SavedSnapshot,
  file: { readonly id: string; readonly path: string; readonly bytes: number; readonly sha256: string },
): Manifest {
  return {
    snapshot: file.id,
    retraining: retraining.id,
    model: retraining.model,
    trigger: retraining.trigger,
    path: file.path,
    format: 'parquet',
    from: new Date(window.from).toISOString(),
    to: new Date(window.to).toISOString(),
    as_of: new Date(now).toISOString(),
    rows: saved.rows,
    labelled: saved.labelled,
    label_coverage: saved.labelled / saved.rows,
    sampled_share: saved.sampledShare,
    bytes: file.bytes,
    sha256: file.sha256,
    columns: saved.columns,
    query: saved.query,
    parameters: saved.parameters,
    settings,
  };
}

/** A server that fails in the middle of its answer can no longer say so; a Parquet file ends with its magic number. */
async function checkComplete(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, Math.max(0, size - 4));
    if (buffer.toString('latin1') !== 'PAR1') throw new Error('the store ended the snapshot in the middle; try again');
  } finally {
    await handle.close();
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Makes a file, or the names in a folder, survive a power cut. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
