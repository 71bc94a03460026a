import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultConfig } from '../../daemon/config/config.ts';
import { Malformed } from '../../daemon/ingest/decode/protobuf.ts';
import type { Door } from '../../daemon/ingest/doors/doors.ts';
import { KnownFeatures } from '../../daemon/ingest/rollups/known-features.ts';
import { Overflows } from '../../daemon/ingest/rollups/overflows.ts';
import { KnownSources } from '../../daemon/ingest/records/known-sources.ts';
import { KnownOperations } from '../../daemon/ingest/rollups/known-operations.ts';
import { Memory } from '../../daemon/ingest/spool/memory.ts';
import { encodeBlock, rowsOf } from '../../daemon/ingest/native/block.ts';
import { Segment, segmentName, type Surroundings } from '../../daemon/ingest/spool/segment.ts';
import { RecordScanner } from '../../daemon/ingest/decode/record-scanner.ts';
import { SpanReader } from '../../daemon/ingest/decode/span-reader.ts';
import { SpareColumns } from '../../daemon/ingest/records/spare-columns.ts';
import { takeBody, type Taking } from '../../daemon/ingest/take-body.ts';
import { Tally } from '../../daemon/ingest/tally.ts';
import { otlpJson, randomFrom, smallRequests } from './golden-spans.ts';
import { mutate, mutateJson } from './mutate.ts';
import { encodeTraces, otlpType } from './otlp-oracle.ts';
import type { temporaryStore } from './temporary.ts';

export interface Fuzzed {
  /** Bodies by outcome. */
  readonly taken: number;
  readonly refused: number;
  /** Rows that the engine was given, by table. */
  readonly rows: ReadonlyMap<string, number>;
  /** Highest and first heap after a load, in bytes. */
  readonly heap: readonly [first: number, highest: number];
}

/** Bodies whose rows go into one segment. */
const SEGMENT = 10_000;

interface Sample {
  readonly door: Door;
  readonly body: Buffer;
}

/**
 * Takes mutated bodies through every door of the intake but its spool, and loads what came of them into the store.
 * @throws whatever a door throws that is no refusal, with the body
 */
export async function fuzzDoors(
  opened: Awaited<ReturnType<typeof temporaryStore>>,
  bodies: number,
  seed: number,
): Promise<Fuzzed> {
  const at = Date.now();
  const random = randomFrom(seed);
  const below = (most: number): number => Math.floor(random() * most);
  const { surroundings, taking } = await openTaking(join(opened.directory, `fuzz-${seed}`));
  const samples = makeSamples(seed, at);
  const rows = new Map<string, number>();
  let [taken, refused, first, highest] = [0, 0, 0, 0];
  for (let done = 0; done < bodies;) {
    const segment = new Segment(segmentName(at * 1000 + done), surroundings);
    for (const end = done + SEGMENT; done < end && done < bodies; done++) {
      const { door, body } = samples[below(samples.length)]!;
      const text = door.endsWith('json') && below(2) === 0;
      const mutated = text ? Buffer.from(mutateJson(body.toString(), below)) : mutate(body, below);
      if (takes(door, mutated, at, segment, taking)) taken++;
      else refused++;
    }
    await load(opened, segment, rows);
    segment.handOn(0);
    const heap = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    first ||= heap;
    highest = Math.max(highest, heap);
  }
  return { taken, refused, rows, heap: [first, highest] };
}

function takes(door: Door, body: Buffer, at: number, segment: Segment, taking: Taking): boolean {
  try {
    const { accepted, rejected } = takeBody({ door, receivedAt: at, body }, segment, taking);
    if (!Number.isInteger(accepted) || !Number.isInteger(rejected)) throw new Error('no counts');
    return accepted > 0;
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw new Error(`${door} failed on ${body.toString('base64')}`, { cause: error });
  }
}

export async function openTaking(directory: string): Promise<{ surroundings: Surroundings; taking: Taking }> {
  await mkdir(directory);
  const limits = defaultConfig().ingest;
  const tally = new Tally();
  const memory = await Memory.open(directory, limits.remember);
  const surroundings: Surroundings = {
    rollups: {
      maxSlices: limits.max_slices,
      maxCategories: limits.max_categories,
      maxFeatures: limits.max_features,
    },
    known: await KnownFeatures.open(directory, 10_000, new Overflows()),
    operations: new KnownOperations(
      { maxServices: limits.max_services, maxOperations: limits.max_operations },
      tally.overflows,
    ),
    spare: new SpareColumns(),
    scanner: new RecordScanner(),
    spanReader: new SpanReader(),
    sliceTags: () => ['region'],
  };
  return {
    surroundings,
    taking: {
      limits,
      spansPastMs: limits.past,
      ids: memory.ids,
      fingerprint: memory.fingerprint,
      sources: await KnownSources.open(directory, limits.max_sources),
      tally,
    },
  };
}

async function load(
  { store, directory }: Awaited<ReturnType<typeof temporaryStore>>,
  segment: Segment,
  rows: Map<string, number>,
): Promise<void> {
  for (const [table, columns] of segment.tables()) {
    const file = join(directory, `${segment.name}.native`);
    await writeFile(file, encodeBlock(columns));
    await store.loader.insertBlocks(table, Object.keys(columns), file, `${segment.name}-${table}`);
    rows.set(table, (rows.get(table) ?? 0) + rowsOf(columns));
  }
}

function makeSamples(seed: number, at: number): Sample[] {
  const logs = otlpType('collector.logs.v1.ExportLogsServiceRequest');
  return smallRequests(seed, 300, at).flatMap((request, n): Sample[] => {
    const prediction = {
      prediction_id: `fuzz-${n}`,
      model: 'fuzz',
      version: `v${n % 3}`,
      timestamp: n % 2 === 0 ? at : new Date(at).toISOString(),
      features: {
        amount: n / 3,
        country: 'DE',
        known: true,
        vector: [1, 2],
        none: null,
        __proto__: 1,
        constructor: 'c',
      },
      score: (n % 100) / 100,
      scores: { a: 0.5, b: 0.5 },
      decision: 'approve',
      value: 12.5,
      propensity: 1,
      latency_ms: 3,
      trace_id: 'ab'.repeat(16),
      span_id: 'ab'.repeat(8),
      tags: { region: 'EU', tier: 'gold' },
      role: 'control',
    };
    const label = { prediction_id: `fuzz-${n}`, label: n % 2, timestamp: at, source: 'chargeback' };
    const records = { resourceLogs: [{ scopeLogs: [{ logRecords: [logRecord(n, at)] }] }] };
    const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
    return [
      { door: 'traces/protobuf', body: encodeTraces(request) },
      { door: 'traces/json', body: Buffer.from(otlpJson(request)) },
      { door: 'logs/protobuf', body: Buffer.from(logs.encode(logs.fromObject(records)).finish()) },
      { door: 'logs/json', body: text(records) },
      { door: 'predictions/ndjson', body: text(prediction) },
      { door: 'predictions/json', body: text([prediction, { ...prediction, prediction_id: `other-${n}` }]) },
      { door: 'labels/ndjson', body: text(label) },
      { door: 'labels/json', body: text([label, label]) },
    ];
  });
}

function logRecord(n: number, at: number): object {
  const attributes = {
    'ml.model.name': { stringValue: 'fuzz' },
    'ml.model.version': { stringValue: 'v1' },
    'ml.prediction.id': { stringValue: `log-${n}` },
    'ml.prediction.score': { doubleValue: 0.5 },
    'ml.prediction.role': { stringValue: 'candidate' },
    'ml.feature.amount': { intValue: '12' },
    'ml.feature.known': { boolValue: true },
    'ml.feature.vector': { arrayValue: { values: [{ doubleValue: 1 }, { intValue: '2' }] } },
    'ml.tag.region': { stringValue: 'EU' },
  };
  return {
    timeUnixNano: `${at}000000`,
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value })),
  };
}
