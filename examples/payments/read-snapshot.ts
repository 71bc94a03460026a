import { createClient } from '@clickhouse/client';
import { createChdbConnection } from 'chdb/connection';
import type { Features } from './simulate-payment.ts';
import type { TrainingRow } from './train.ts';

/** Most payments that are trained on, the newest first: enough for this model, and quick. */
const MOST_ROWS = 60_000;
/** Payments of the last hours of the snapshot show the world as it is now: each counts this many times. */
const RECENT_WEIGHT = 6;
const RECENT_HOURS = 2;

interface SnapshotRow {
  readonly numbers: Readonly<Record<string, number>>;
  readonly categories: Readonly<Record<string, string>>;
  readonly label: string | null;
  readonly recent: number;
}

/**
 * Reads a training snapshot of the daemon (Parquet) with an engine of its own, in memory. Chargebacks only come for
 * fraud: a payment without a label counts as good.
 * @throws when the file cannot be read, or holds no fraud to learn from
 */
export async function readSnapshot(file: string): Promise<TrainingRow[]> {
  // chDB's connection is typed against another release of the client's common package.
  const client = createClient({ connection: createChdbConnection({ path: ':memory:' }) as never });
  try {
    const answer = await client.query({
      query: `SELECT numbers, categories, toString(label) AS label,
                     timestamp > max(timestamp) OVER () - toIntervalHour({hours:UInt32}) AS recent
              FROM file({file:String}, 'Parquet') ORDER BY timestamp DESC LIMIT {rows:UInt32}`,
      query_params: { file, rows: MOST_ROWS, hours: RECENT_HOURS },
      format: 'JSONEachRow',
    });
    const rows = await answer.json<SnapshotRow>();
    const training = rows.map(trainingRow);
    if (!training.some((row) => row.fraud)) throw new Error(`${file} has ${rows.length} payments and no fraud`);
    return training;
  } finally {
    await client.close();
  }
}

function trainingRow(row: SnapshotRow): TrainingRow {
  const features: Record<string, Features[string]> = { ...row.numbers };
  for (const [name, value] of Object.entries(row.categories))
    features[name] = value === 'true' || value === 'false' ? value === 'true' : value;
  return { features, fraud: row.label === '1', weight: row.recent === 1 ? RECENT_WEIGHT : 1 };
}
