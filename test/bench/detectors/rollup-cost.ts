import { pino } from 'pino';
import { join } from 'node:path';
import { defaultConfig } from '../../../daemon/config/config.ts';
import { openIngest } from '../../../daemon/ingest/ingest.ts';
import { KnownFeatures } from '../../../daemon/ingest/rollups/known-features.ts';
import { Overflows } from '../../../daemon/ingest/rollups/overflows.ts';
import { PredictionRollup } from '../../../daemon/ingest/rollups/prediction-rollup.ts';
import { PredictionDrafts, type PredictionDraft } from '../../../daemon/ingest/records/predictions.ts';
import type { Store } from '../../../daemon/store/store.ts';
import { emptyWords } from '../../support/words.ts';
import { costOf } from '../measure.ts';

export interface RollupCost {
  readonly wholeCpuMs: number;
  readonly rollupCpuMs: number;
  readonly rawBytes: number;
  readonly rollupBytes: number;
}

const FEATURES = 50;
const BODY = 1000;

/**
 * The rollups' share of the whole way of a prediction: from the body to rows and rollups in the store, merged; beside it,
 * the counting alone of the same records and the load of the same rollup rows again.
 */
export async function measureRollups(
  store: Store,
  directory: string,
  rows: number,
  progress: (line: string) => void,
): Promise<RollupCost> {
  progress(`sending ${rows.toLocaleString('en')} predictions of ${FEATURES} features through the door`);
  const now = Date.now();
  const bodies = Array.from({ length: Math.ceil(rows / BODY) }, (_, at) => bodyOf(at, rows, now));
  const ingest = await openIngest({
    engine: store.loader,
    directory: join(directory, 'spool'),
    limits: defaultConfig().ingest,
    sliceTags: () => [],
    clock: { now: () => now },
    log: pino({ level: 'silent' }),
  });
  const merged = (table: string): Promise<void> => store.loader.run(`OPTIMIZE TABLE {database}.${table} FINAL`);
  const whole = await costOf(async () => {
    for (const body of bodies) await ingest.accept('predictions', 'ndjson', body);
    await ingest.flush();
    await merged('predictions');
    await merged('prediction_minutes');
  });
  await ingest.close();
  const sizes = await sizesOf(store);
  progress('counting the same records alone, and loading their rollups again');
  const empty = new PredictionDrafts(emptyWords());
  const drafts = Array.from({ length: rows }, (_, at) => fill(empty.take(), at, rows, now));
  const known = await KnownFeatures.open(join(directory, 'nothing-known'), 100, new Overflows());
  const counting = await costOf(async () => {
    const rollup = new PredictionRollup(defaultLimits(), known, () => []);
    for (const draft of drafts) rollup.count(draft, now);
    rollup.columns();
  });
  const loading = await costOf(async () => {
    await store.loader.run('CREATE TABLE {database}.rollups_again AS {database}.prediction_minutes');
    await store.loader.run(
      `INSERT INTO {database}.rollups_again SELECT * FROM {database}.prediction_minutes WHERE model = 'through-the-door'`,
    );
    await merged('rollups_again');
  });
  await store.loader.run('DROP TABLE {database}.rollups_again');
  return { wholeCpuMs: whole.cpuMs, rollupCpuMs: counting.cpuMs + loading.cpuMs, ...sizes };
}

function defaultLimits() {
  const { max_slices, max_categories, max_features } = defaultConfig().ingest;
  return { maxSlices: max_slices, maxCategories: max_categories, maxFeatures: max_features };
}

async function sizesOf(store: Store): Promise<{ rawBytes: number; rollupBytes: number }> {
  const sizes = await store.loader.rows<{ table: string; bytes: number }>(
    `SELECT table, sum(bytes_on_disk) AS bytes FROM system.parts
     WHERE active AND table IN ('predictions', 'prediction_minutes') GROUP BY table`,
  );
  const bytes = (table: string): number => sizes.find((size) => size.table === table)?.bytes ?? 0;
  return { rawBytes: bytes('predictions'), rollupBytes: bytes('prediction_minutes') };
}

/** Log-normal to two decimals; the same number for the same place. */
function valueAt(record: number, feature: number): number {
  let mixed = Math.imul(record + 1, 0x9e3779b1) ^ Math.imul(feature + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  const uniform = ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32;
  return Math.round(Math.exp(4 * uniform) * 100) / 100;
}

/** Spread over half an hour. */
function timeAt(record: number, rows: number, now: number): number {
  return now - Math.floor((1_800_000 * (rows - record)) / rows);
}

function bodyOf(body: number, rows: number, now: number): Buffer {
  const records = Array.from({ length: Math.min(BODY, rows - body * BODY) }, (_, at) => {
    const record = body * BODY + at;
    const features = Object.fromEntries(
      Array.from({ length: FEATURES }, (_unused, feature) => [`f${feature}`, valueAt(record, feature)]),
    );
    return JSON.stringify({
      prediction_id: `door-${record}`,
      model: 'through-the-door',
      version: 'v1',
      timestamp: timeAt(record, rows, now),
      features,
      score: valueAt(record, 99) / 100,
      decision: 'approve',
      latency_ms: valueAt(record, 98),
    });
  });
  return Buffer.from(records.join('\n'));
}

function fill(draft: PredictionDraft, record: number, rows: number, now: number): PredictionDraft {
  draft.predictionId = `door-${record}`;
  draft.model = 'through-the-door';
  draft.version = 'v1';
  draft.timestamp = timeAt(record, rows, now);
  for (let feature = 0; feature < FEATURES; feature++) draft.features.push(`f${feature}`, valueAt(record, feature));
  draft.score = valueAt(record, 99) / 100;
  draft.decision = 'approve';
  draft.latencyMs = valueAt(record, 98);
  return draft;
}
