import type { Durations, Histogram, Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { binsOf, type RollupKind } from './histograms.ts';

/** What the rollups hold of one feature (or score, latency) of one slice in each chunk of a stretch. */
export interface ChunkRow {
  readonly version: string;
  readonly slice: string;
  readonly kind: RollupKind;
  readonly name: string;
  /** Number of the chunk, from 0. */
  readonly chunk: number;
  readonly histogram: Histogram;
}

/** Which features (scores, latencies) of which slices are read; every name in every slice. */
export interface ChunkFilter {
  readonly kinds: readonly RollupKind[];
  readonly names: readonly string[];
  readonly slices: readonly string[];
  readonly version?: string | undefined;
}

/** Histograms of a stretch, chunk by chunk: one SELECT over the rollups. */
export async function readHistogramChunks(
  engine: Engine,
  model: string,
  window: Window,
  chunkMs: number,
  filter: ChunkFilter,
): Promise<ChunkRow[]> {
  const rows = await engine.rows<{
    judged_version: string;
    slice: string;
    kind: RollupKind;
    name: string;
    chunk: number;
    records: number;
    absent: number;
    codes: Record<string, number>;
    texts: Record<string, number>;
  }>(
    `SELECT if(kind = 'feature', 'all', version) AS judged_version, slice, kind, name,
            intDiv(toUnixTimestamp(bucket) * 1000 - {from:Int64}, {chunk:Int64}) AS chunk,
            sum(count) AS records, sum(missing) AS absent, sumMap(numbers) AS codes, sumMap(categories) AS texts
     FROM {database}.prediction_minutes
     WHERE model = {model:String} AND bucket >= fromUnixTimestamp64Milli({from:Int64}) AND bucket < fromUnixTimestamp64Milli({to:Int64})
       AND kind IN {kinds:Array(String)} AND name IN {names:Array(String)} AND slice IN {slices:Array(String)}
       AND ({version:String} = '' OR version = {version:String})
     GROUP BY judged_version, slice, kind, name, chunk
     ORDER BY judged_version, slice, kind, name, chunk`,
    {
      model,
      from: window.from,
      to: window.to,
      chunk: chunkMs,
      kinds: [...filter.kinds],
      names: [...filter.names],
      slices: [...filter.slices],
      version: filter.version ?? '',
    },
  );
  return rows.map((row) => ({
    version: row.judged_version,
    slice: row.slice,
    kind: row.kind,
    name: row.name,
    chunk: row.chunk,
    histogram: {
      count: row.records,
      missing: row.absent,
      bins: binsOf(row.codes),
      categories: Object.entries(row.texts).map(([value, count]) => ({ value, count })),
    },
  }));
}

/** Durations of operations of services over a stretch, chunk by chunk. */
export async function readDurationChunks(
  engine: Engine,
  services: readonly string[],
  window: Window,
  chunkMs: number,
): Promise<
  { readonly service: string; readonly operation: string; readonly chunk: number; readonly durations: Durations }[]
> {
  if (services.length === 0) return [];
  const rows = await engine.rows<{
    service: string;
    operation: string;
    chunk: number;
    spans: number;
    failed: number;
    codes: Record<string, number>;
  }>(
    `SELECT service, operation, intDiv(toUnixTimestamp(bucket) * 1000 - {from:Int64}, {chunk:Int64}) AS chunk,
            sum(count) AS spans, sum(errors) AS failed, sumMap(durations) AS codes
     FROM {database}.span_minutes
     WHERE service IN {services:Array(String)}
       AND bucket >= fromUnixTimestamp64Milli({from:Int64}) AND bucket < fromUnixTimestamp64Milli({to:Int64})
     GROUP BY service, operation, chunk ORDER BY service, operation, chunk`,
    { services: [...services], from: window.from, to: window.to, chunk: chunkMs },
  );
  return rows.map((row) => ({
    service: row.service,
    operation: row.operation,
    chunk: row.chunk,
    durations: { count: row.spans, errors: row.failed, bins: binsOf(row.codes) },
  }));
}
