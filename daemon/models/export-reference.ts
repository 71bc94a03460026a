import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '../clock.ts';
import { SerinError } from '../errors.ts';
import type { Engine } from '../store/engine.ts';
import { readHistograms, type HistogramRow } from '../store/histograms.ts';
import { saveSnapshot } from '../store/snapshot.ts';
import { judgedAgainst, rowsOf, type TakenReference } from './references.ts';

export interface ExportOptions {
  /** Session that may write files and takes its time. */
  readonly bulk: Engine;
  readonly reader: Engine;
  /** Where a file waits until it is opened. */
  readonly folder: string;
  /** Of a stretch with more rows an even sample is taken. */
  readonly maxRows: number;
  readonly clock: Clock;
}

/** The rows of a reference with their latest labels as Parquet, in the form of a snapshot: what `uploads.ts` takes again. */
export async function exportRows(options: ExportOptions, taken: TakenReference): Promise<Readable> {
  const { engine, model } = rowsOf(options.bulk, taken.model, judgedAgainst(taken));
  await mkdir(options.folder, { recursive: true });
  const path = join(options.folder, `${randomUUID()}.parquet`);
  try {
    const request = { model, window: taken.window, asOf: options.clock.now(), maxRows: options.maxRows };
    const saved = await saveSnapshot(engine, request, { path, discard: () => rm(path, { force: true }) });
    if (saved.rows === 0)
      throw new SerinError(
        'conflict',
        `the predictions of the reference ${taken.id} are not stored any more; its histograms may be`,
      );
    const file = await open(path);
    return file.createReadStream();
  } finally {
    // An open file is read to its end, and is gone then whatever happens to who reads it.
    await rm(path, { force: true });
  }
}

/** The histograms of a reference as the detectors see them: by version, slice, kind and name. */
export async function exportHistograms({ reader }: ExportOptions, taken: TakenReference): Promise<HistogramRow[]> {
  const { engine, model } = rowsOf(reader, taken.model, judgedAgainst(taken));
  return readHistograms(engine, model, taken.window);
}
