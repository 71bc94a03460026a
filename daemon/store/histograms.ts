import { binEdges } from '../../detectors/maths/log-bins.ts';
import type { Bin, Durations, Histogram, Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';

export type RollupKind = 'feature' | 'score' | 'decision' | 'latency';

/** What the rollups hold of one feature (or score, decision, latency) of one slice in a window. */
export interface HistogramRow {
  /** `all` for features: what comes in does not depend on the version that answers. */
  readonly version: string;
  readonly slice: string;
  readonly kind: RollupKind;
  readonly name: string;
  readonly histogram: Histogram;
}

/** Narrows what is read; everything that is absent is not narrowed. */
export interface HistogramFilter {
  readonly version?: string | undefined;
  readonly slice?: string | undefined;
  readonly kind?: RollupKind | undefined;
  readonly name?: string | undefined;
}

interface RawRow {
  readonly judged_version: string;
  readonly slice: string;
  readonly kind: RollupKind;
  readonly name: string;
  readonly records: number;
  readonly absent: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly texts: Readonly<Record<string, number>>;
}

/** Histograms of every feature, score, decision and latency of a model in a window: one SELECT over the rollups. */
export async function readHistograms(
  engine: Engine,
  model: string,
  window: Window,
  filter: HistogramFilter = {},
): Promise<HistogramRow[]> {
  const rows = await engine.rows<RawRow>(
    `SELECT if(kind = 'feature', 'all', version) AS judged_version, slice, kind, name,
            sum(count) AS records, sum(missing) AS absent, sumMap(numbers) AS codes, sumMap(categories) AS texts
     FROM {database}.prediction_minutes
     WHERE model = {model:String} AND bucket >= fromUnixTimestamp64Milli({from:Int64}) AND bucket < fromUnixTimestamp64Milli({to:Int64})
       AND ({version:String} = '' OR version = {version:String}) AND ({slice:String} = '' OR slice = {slice:String})
       AND ({kind:String} = '' OR kind = {kind:String}) AND ({name:String} = '' OR name = {name:String})
     GROUP BY judged_version, slice, kind, name
     ORDER BY judged_version, slice, kind, name`,
    {
      model,
      from: window.from,
      to: window.to,
      version: filter.version ?? '',
      slice: filter.slice ?? '',
      kind: filter.kind ?? '',
      name: filter.name ?? '',
    },
  );
  return rows.map((row) => ({
    version: row.judged_version,
    slice: row.slice,
    kind: row.kind,
    name: row.name,
    histogram: {
      count: row.records,
      missing: row.absent,
      bins: binsOf(row.codes),
      categories: Object.entries(row.texts).map(([value, count]) => ({ value, count })),
    },
  }));
}

/** Durations of every operation of the services in a window, in milliseconds. */
export async function readDurations(
  engine: Engine,
  services: readonly string[],
  window: Window,
): Promise<{ readonly service: string; readonly operation: string; readonly durations: Durations }[]> {
  if (services.length === 0) return [];
  const rows = await engine.rows<{
    service: string;
    operation: string;
    spans: number;
    failed: number;
    codes: Record<string, number>;
  }>(
    `SELECT service, operation, sum(count) AS spans, sum(errors) AS failed, sumMap(durations) AS codes
     FROM {database}.span_minutes
     WHERE service IN {services:Array(String)}
       AND bucket >= fromUnixTimestamp64Milli({from:Int64}) AND bucket < fromUnixTimestamp64Milli({to:Int64})
     GROUP BY service, operation ORDER BY service, operation`,
    { services: [...services], from: window.from, to: window.to },
  );
  return rows.map((row) => ({
    service: row.service,
    operation: row.operation,
    durations: { count: row.spans, errors: row.failed, bins: binsOf(row.codes) },
  }));
}

/** Bin counts by code as ascending bins; negative numbers have the higher codes, so order comes from the edges. */
export function binsOf(codes: Readonly<Record<string, number>>): Bin[] {
  const bins = Object.entries(codes).map(([code, count]) => {
    const [low, high] = binEdges(Number(code));
    return { low, high, count };
  });
  return bins.sort((one, other) => one.low - other.low);
}
