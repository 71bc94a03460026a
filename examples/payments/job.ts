import { join } from 'node:path';
import type { Input, Retraining } from '../../daemon/api/contract.ts';
import { saveModel } from './model-files.ts';
import { readSnapshot } from './read-snapshot.ts';
import { MODEL } from './record.ts';
import { sendJson } from './send.ts';
import { THRESHOLD, trainModel } from './train.ts';

export interface JobOptions {
  /** The frozen Parquet file. */
  readonly snapshot: string;
  /** Id of the retraining; the new version is named after it. */
  readonly retraining: string;
  /** Address that takes `/complete` and `/fail`. */
  readonly callback: string;
  readonly models: string;
}

interface Completion {
  readonly version: string;
  readonly path: string;
  readonly inputs: readonly Input[];
  readonly threshold: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The retraining job: trains on the snapshot, saves the model, and reports to the daemon, success or not. */
export async function runJob(options: JobOptions): Promise<void> {
  try {
    await sendJson<Retraining>(`${options.callback}/complete`, await retrain(options));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await sendJson<Retraining>(`${options.callback}/fail`, { reason });
    throw error;
  }
}

async function retrain(options: JobOptions): Promise<Completion> {
  const rows = await readSnapshot(options.snapshot);
  const { network, inputs, auc } = await trainModel(rows, { epochs: 2, seed: rows.length });
  const version = `retrained-${options.retraining.slice(-8)}`;
  const path = join(options.models, MODEL, version);
  await saveModel(network, inputs, path);
  return { version, path, inputs, threshold: THRESHOLD, metrics: { rows: rows.length, roc_auc: auc } };
}
