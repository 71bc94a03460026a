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
  const of = await readHistogramsOf(engine, [model], window, filter);
  return of(model);
}

/**
 * The same of several models: one SELECT over the rollups, because starting one costs as much as what it reads of ten models.
 * @returns what it holds of a model, made when it is asked for, so that not all need be in memory at once
 */
export async function readHistogramsOf(
  engine: Engine,
  models: readonly string[],
  window: Window,
  filter: HistogramFilter = {},
): Promise<(model: string) => HistogramRow[]> {
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
  const blocks: Block[] = [];
  const reader = new NativeReader(bytes);
  while (reader.next()) blocks.push(readBlock(reader));
  return (model) => blocks.flatMap((block) => rowsOf(block, model));
}

type Block = ReturnType<typeof readBlock>;

function readBlock(reader: NativeReader) {
  return {
    rows: reader.rows,
    model: reader.dictionary(),
    version: reader.dictionary(),
    slice: reader.dictionary(),
    kind: reader.dictionary(),
    name: reader.dictionary(),
    records: reader.counts(),
    absent: reader.counts(),
    numbers: reader.codeCounts(),
    categories: reader.textCounts(),
  };
}

function rowsOf(block: Block, model: string): HistogramRow[] {
  const { numbers, categories } = block;
  const found: HistogramRow[] = [];
  const wanted = block.model.keys.indexOf(model);
  for (let row = 0; row < block.rows; row++) {
    if (block.model.indexes[row] !== wanted) continue;
    const [firstText, endOfTexts] = [categories.ends[row - 1] ?? 0, categories.ends[row] ?? 0];
    found.push({
      version: textAt(block.version, row),
      slice: textAt(block.slice, row),
      kind: textAt(block.kind, row) as RollupKind,
      name: textAt(block.name, row),
      histogram: {
        count: block.records[row] ?? 0,
        missing: block.absent[row] ?? 0,
        bins: binsBetween(numbers, numbers.ends[row - 1] ?? 0, numbers.ends[row] ?? 0),
        categories: categories.texts
          .slice(firstText, endOfTexts)
          .map((value, at) => ({ value, count: categories.counts[firstText + at] ?? 0 })),
      },
    });
  }
  return found;
}

function textAt({ keys, indexes }: DictionaryColumn, row: number): string {
  return keys[indexes[row] ?? 0] ?? '';
}

function binsBetween(
  { codes, counts }: { readonly codes: Int32Array; readonly counts: Float64Array },
  first: number,
  end: number,
): Bin[] {
  const bins: Bin[] = [];
  for (let at = first; at < end; at++) {
    const [low, high] = binEdges(codes[at]!);
    bins.push({ low, high, count: counts[at]! });
  }
  // Codes ascend; those of negative numbers stand behind the others, the nearest to zero first.
  const hasNegative = end > first && codes[end - 1]! >= FIRST_NEGATIVE_CODE;
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
