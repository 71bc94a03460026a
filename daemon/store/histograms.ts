import { binEdges, FIRST_NEGATIVE_CODE } from '../../detectors/maths/log-bins.ts';
import type { Bin, Durations, Histogram, Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { NativeReader, type DictionaryColumn } from './native-reader.ts';

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

/** Histograms of every feature, score, decision and latency of a model in a window. */
export async function readHistograms(
  engine: Engine,
  model: string,
  window: Window,
  filter: HistogramFilter = {},
): Promise<HistogramRow[]> {
  const found = await readHistogramsOf(engine, [model], window, filter);
  return found.get(model) ?? [];
}

/** The same of several models: one SELECT over the rollups, because starting one costs as much as what it reads of ten models. */
export async function readHistogramsOf(
  engine: Engine,
  models: readonly string[],
  window: Window,
  filter: HistogramFilter = {},
): Promise<Map<string, HistogramRow[]>> {
  const bytes = await engine.bytes(
    `SELECT model, toLowCardinality(if(kind = 'feature', 'all', version)) AS judged_version, slice, kind, name,
            sum(count) AS records, sum(missing) AS absent, sumMap(numbers) AS codes, sumMap(categories) AS texts
     FROM {database}.prediction_minutes
     WHERE model IN {models:Array(String)} AND bucket >= fromUnixTimestamp64Milli({from:Int64}) AND bucket < fromUnixTimestamp64Milli({to:Int64})
       AND ({version:String} = '' OR version = {version:String}) AND ({slice:String} = '' OR slice = {slice:String})
       AND ({kind:String} = '' OR kind = {kind:String}) AND ({name:String} = '' OR name = {name:String})
     GROUP BY model, judged_version, slice, kind, name
     ORDER BY model, judged_version, slice, kind, name FORMAT Native`,
    {
      models: [...models],
      from: window.from,
      to: window.to,
      version: filter.version ?? '',
      slice: filter.slice ?? '',
      kind: filter.kind ?? '',
      name: filter.name ?? '',
    },
  );
  const found = new Map<string, HistogramRow[]>();
  const reader = new NativeReader(bytes);
  while (reader.next()) readBlock(reader, found);
  return found;
}

function readBlock(reader: NativeReader, found: Map<string, HistogramRow[]>): void {
  const [model, version, slice, kind, name] = [
    reader.dictionary(),
    reader.dictionary(),
    reader.dictionary(),
    reader.dictionary(),
    reader.dictionary(),
  ];
  const [records, absent] = [reader.counts(), reader.counts()];
  const [numbers, categories] = [reader.codeCounts(), reader.textCounts()];
  const text = ({ keys, indexes }: DictionaryColumn, row: number): string => keys[indexes[row] ?? 0] ?? '';
  for (let row = 0; row < reader.rows; row++) {
    const of = text(model, row);
    const rows = found.get(of) ?? [];
    if (rows.length === 0) found.set(of, rows);
    const [firstText, endOfTexts] = [categories.ends[row - 1] ?? 0, categories.ends[row] ?? 0];
    rows.push({
      version: text(version, row),
      slice: text(slice, row),
      kind: text(kind, row) as RollupKind,
      name: text(name, row),
      histogram: {
        count: records[row] ?? 0,
        missing: absent[row] ?? 0,
        bins: binsBetween(numbers, numbers.ends[row - 1] ?? 0, numbers.ends[row] ?? 0),
        categories: categories.texts
          .slice(firstText, endOfTexts)
          .map((value, at) => ({ value, count: categories.counts[firstText + at] ?? 0 })),
      },
    });
  }
}

function binsBetween(
  { codes, counts }: { readonly codes: Int32Array; readonly counts: Float64Array },
  first: number,
  end: number,
): Bin[] {
  const bins: Bin[] = [];
  for (let at = first; at < end; at++) {
    const [low, high] = binEdges(codes[at] ?? 0);
    bins.push({ low, high, count: counts[at] ?? 0 });
  }
  // Codes ascend; those of negative numbers stand behind the others, the nearest to zero first.
  const hasNegative = end > first && (codes[end - 1] ?? 0) >= FIRST_NEGATIVE_CODE;
  return hasNegative ? bins.sort((one, other) => one.low - other.low) : bins;
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
