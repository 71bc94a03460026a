import { Bins } from '../../detectors/maths/bins.ts';
import { binEdges } from '../../detectors/maths/log-bins.ts';
import type { Durations, Histogram, Window } from '../../detectors/terms.ts';
import type { Engine, Parameters } from './engine.ts';
import { addRows, hoursIn, readHistogramBlocks, rowsOf, type HistogramBlock } from './histogram-blocks.ts';
import { bucketBounds, HOUR, IS_UP_TO_DATE, wholeHours, WITHIN } from './prediction-hours.ts';

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
  /** Where no hour of the window can be over: it is not looked for any. */
  readonly minutesOnly?: boolean | undefined;
  /** Reads short windows in one thread. The session that answers people may set nothing, and is not asked to. */
  readonly oneThread?: boolean | undefined;
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
 * Hours that are condensed are read as such, and the minutes of the others.
 * @returns what it holds of a model, made when it is asked for, so that not all need be in memory at once
 */
export async function readHistogramsOf(
  engine: Engine,
  models: readonly string[],
  window: Window,
  filter: HistogramFilter = {},
): Promise<(model: string) => HistogramRow[]> {
  const hours = filter.minutesOnly === true ? [] : await readHours(engine, models, wholeHours(window), filter);
  const read = hoursIn(hours);
  const isWhole = models.every((model) => (read.get(model)?.size ?? 0) * HOUR === window.to - window.from);
  if (isWhole) return (model) => rowsOf(hours, model);
  const minutes = await readMinutes(engine, models, window, read, filter);
  return (model) => (read.has(model) ? addRows(rowsOf(hours, model), rowsOf(minutes, model)) : rowsOf(minutes, model));
}

/** Up to so many hours are added up here, in an eighth of the time that the engine takes; what it sends grows with them. */
const FEW_HOURS = 6;

/** The hours that are up to date; a row that was not asked for may tell which they are. */
async function readHours(
  engine: Engine,
  models: readonly string[],
  window: Window,
  filter: HistogramFilter,
): Promise<HistogramBlock[]> {
  if (window.from === window.to) return [];
  const isFew = isShort(window);
  const wanted = wantedBy(filter);
  const bytes = await engine.bytes(
    `SELECT ${PLACE}, CAST(${wanted}, 'UInt8') AS wanted,
            ${isFew ? '[toUnixTimestamp(bucket)] AS hours, count, missing, numbers, categories' : `groupUniqArray(toUnixTimestamp(bucket)) AS hours, ${SUMS}`}
     FROM {database}.prediction_hours FINAL
     WHERE model IN {models:Array(String)} AND ${WITHIN} AND (${wanted} OR (kind = 'score' AND name = ''))
       ${engine.frozen === true ? '' : `AND ${IS_UP_TO_DATE}`}
     ${isFew ? '' : BY_PLACE} ${inOrder(window, filter)}`,
    parametersOf(models, window, filter),
  );
  return readHistogramBlocks(bytes);
}

/** The minutes of all hours but those that were read, in Unix seconds. */
async function readMinutes(
  engine: Engine,
  models: readonly string[],
  window: Window,
  read: ReadonlyMap<string, ReadonlySet<number>>,
  filter: HistogramFilter,
): Promise<HistogramBlock[]> {
  const pairs = [...read].flatMap(([model, hours]) => [...hours].map((hour) => [model, hour] as const));
  const others = `AND (model, toUnixTimestamp(toStartOfHour(bucket))) NOT IN
         (SELECT arrayJoin(arrayZip({readModels:Array(String)}, {readHours:Array(UInt32)})))`;
  const bytes = await engine.bytes(
    `SELECT ${PLACE}, toUInt8(1) AS wanted, emptyArrayUInt32() AS hours, ${SUMS}
     FROM {database}.prediction_minutes
     WHERE model IN {models:Array(String)} AND ${WITHIN} AND ${wantedBy(filter)} ${pairs.length > 0 ? others : ''}
     ${BY_PLACE} ${inOrder(window, filter)}`,
    {
      ...parametersOf(models, window, filter),
      readModels: pairs.map(([model]) => model),
      readHours: pairs.map(([, hour]) => hour),
    },
  );
  return readHistogramBlocks(bytes);
}

const PLACE = `model, toLowCardinality(if(kind = 'feature', 'all', version)) AS judged_version, slice, kind, name`;
const SUMS = 'sum(count) AS records, sum(missing) AS absent, sumMap(numbers) AS codes, sumMap(categories) AS texts';
const BY_PLACE = 'GROUP BY model, judged_version, slice, kind, name, wanted';
const NARROWED = ['version', 'slice', 'kind', 'name'] as const;

function isShort({ from, to }: Window): boolean {
  return to - from <= FEW_HOURS * HOUR;
}

/** What is read in a few milliseconds is read by one thread: handing it to several costs a third more, of time and of CPU. */
function inOrder(window: Window, { oneThread }: HistogramFilter): string {
  const threads = oneThread === true && isShort(window) ? 'SETTINGS max_threads = 1' : '';
  return `ORDER BY model, judged_version, slice, kind, name ${threads} FORMAT Native`;
}

/** The condition that a filter makes; only what it needs is written, because the engine takes longer to read it than to answer. */
function wantedBy(filter: HistogramFilter): string {
  const narrowed = NARROWED.filter((column) => (filter[column] ?? '') !== '');
  return narrowed.length === 0
    ? 'true'
    : `(${narrowed.map((column) => `${column} = {${column}:String}`).join(' AND ')})`;
}

function parametersOf(models: readonly string[], window: Window, filter: HistogramFilter): Parameters {
  return {
    models: [...models],
    ...bucketBounds(window),
    ...Object.fromEntries(NARROWED.map((column) => [column, filter[column]])),
  };
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
     WHERE service IN {services:Array(String)} AND ${WITHIN}
     GROUP BY service, operation ORDER BY service, operation`,
    { services: [...services], ...bucketBounds(window) },
  );
  return rows.map((row) => ({
    service: row.service,
    operation: row.operation,
    durations: { count: row.spans, errors: row.failed, bins: binsOf(row.codes) },
  }));
}

/** Bin counts by code as ascending bins; negative numbers have the higher codes, so order comes from the edges. */
export function binsOf(codes: Readonly<Record<string, number>>): Bins {
  const bins = Object.entries(codes).map(([code, count]) => {
    const [low, high] = binEdges(Number(code));
    return { low, high, count };
  });
  return Bins.of(bins.sort((one, other) => one.low - other.low));
}
