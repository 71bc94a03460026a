import type { Series, Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { bucketBounds, HOUR, IS_UP_TO_DATE, TRAFFIC } from './prediction-hours.ts';

/** How the name of the series of a feature's missing share begins; the feature follows. */
export const MISSING_SHARE_OF = 'missing share of ';
/** The same of its mean. */
export const MEAN_OF = 'mean of ';

/** One stored series: of a feature, the score, an operation, or the statistic of a detector of accuracy. */
export interface StoredSeries {
  readonly slice: string;
  /** "missing share of amount", "mean of amount", "mean score of class gold", "p95 of checkout/charge", "error share of service checkout", "roc_auc". */
  readonly name: string;
  readonly series: Series;
}

interface RawPoint {
  readonly slice: string;
  readonly name: string;
  readonly at: number;
  readonly value: number | null;
  readonly records: number;
}

/** Middle of a log-linear bin by its code: the upper 17 bits of a float64, and the first bit below them. */
const MIDDLE = 'reinterpretAsFloat64(bitOr(bitShiftLeft(toUInt64(code), 47), bitShiftLeft(toUInt64(1), 46)))';
const BINNED = 'arraySum(mapValues(counted))';
/** Mean of what is in the bins, each at its middle. */
const MEAN = `arraySum(arrayMap((code, n) -> ${MIDDLE} * n, mapKeys(counted), mapValues(counted))) / ${BINNED}`;
/** Middle of the bin that the 95th percentile lies in; the codes of durations ascend as durations do. */
const P95 = `arrayMap(code -> ${MIDDLE}, [arrayFirst((code, below) -> below >= 0.95 * ${BINNED}, arraySort(mapKeys(counted)),
      arrayCumSum(arrayMap(code -> counted[code], arraySort(mapKeys(counted)))))])[1]`;

/** What is made of the rows of one name in one step, by kind of rollup: SQL over `name`, `records`, `absent` and the bins `counted`. */
interface Figure {
  readonly name: string;
  readonly unit: Series['unit'];
  readonly value: string;
  readonly records: string;
}

const FIGURES: Readonly<Record<'feature' | 'score' | 'latency', readonly Figure[]>> = {
  feature: [
    { name: `concat('${MISSING_SHARE_OF}', name)`, unit: 'share', value: 'absent / records', records: 'records' },
    { name: `concat('${MEAN_OF}', name)`, unit: 'number', value: MEAN, records: BINNED },
  ],
  score: [
    {
      name: `if(name = '', 'mean score', concat('mean score of class ', name))`,
      unit: 'number',
      value: MEAN,
      records: BINNED,
    },
  ],
  latency: [{ name: `'p95 of prediction'`, unit: 'duration', value: P95, records: BINNED }],
};

const OF_SPANS: readonly Figure[] = [
  { name: `concat('error share of ', name)`, unit: 'share', value: 'absent / records', records: 'records' },
  { name: `concat('p95 of ', name)`, unit: 'duration', value: P95, records: BINNED },
];

function figuresOf(figures: readonly Figure[]): string {
  const made = figures.map(
    ({ name, unit, value, records }) => `(${name}, '${unit}', toFloat64(${value}), toUInt64(${records}))`,
  );
  return `[${made.join(', ')}]`;
}

/** A series for each figure of rows, which hold `records`, `absent` and `counted` by slice, name and step. */
function seriesOf(rows: string, figures: string): string {
  return `SELECT slice, figure.1 AS name, figure.2 AS unit, arraySort(groupArray((at, figure.3, figure.4))) AS points
    FROM (SELECT slice, at, ${figures} AS figures FROM (${rows})) ARRAY JOIN figures AS figure
    WHERE figure.4 > 0 GROUP BY slice, name, unit ORDER BY slice, name`;
}

/** Start of the step that a bucket lies in. */
const AT = 'intDiv(toUnixTimestamp(bucket) * 1000 - {from:Int64}, {step:Int64}) * {step:Int64} + {from:Int64} AS at';
const OF_MODEL = `model = {model:String} AND ${within('bucket')}`;
const COLUMNS = 'slice, kind, name, bucket, count, missing, numbers';
const OF_HOURS = `{database}.prediction_hours FINAL WHERE ${OF_MODEL} AND ${IS_UP_TO_DATE}`;
const KINDS = `kind IN ('feature', 'score', 'latency')`;
/** A stretch as short is read faster of minutes than it takes to tell which of its hours are up to date. */
const IN_MINUTES = 48 * HOUR;
const SOURCES = {
  minutes: `SELECT ${COLUMNS} FROM {database}.prediction_minutes WHERE ${OF_MODEL} AND ${KINDS}`,
  /** Hours that are condensed as such, and the minutes of the others. */
  hours: `SELECT ${COLUMNS} FROM ${OF_HOURS} AND ${KINDS} UNION ALL
          SELECT ${COLUMNS} FROM {database}.prediction_minutes
          WHERE ${OF_MODEL} AND ${KINDS} AND toStartOfHour(bucket) NOT IN (SELECT bucket FROM ${OF_HOURS} AND ${TRAFFIC})`,
} as const;
const OF_PREDICTIONS = `multiIf(kind = 'feature', ${figuresOf(FIGURES.feature)}, kind = 'score', ${figuresOf(FIGURES.score)}, ${figuresOf(FIGURES.latency)})`;

/**
 * Every stored series of a model over a stretch, one value a step from its start on. By slice: the missing share and the mean
 * of each feature, the mean score (of each class, where there are several) and the p95 of the latency of predictions. Of
 * each of its services, and of their operations: the error share and the p95. Means and percentiles are off by half a bin at
 * most, 1/64 of the value.
 * @param stepMs whole minutes
 */
export async function readStoredSeries(
  engine: Engine,
  query: {
    readonly model: string;
    readonly services: readonly string[];
    readonly stretch: Window;
    readonly stepMs: number;
  },
): Promise<StoredSeries[]> {
  const { model, services, stretch, stepMs } = query;
  const parameters = { ...stretch, step: stepMs };
  const inHours = stepMs % HOUR === 0 && stretch.from % HOUR === 0 && stretch.to - stretch.from > IN_MINUTES;
  const source = inHours ? SOURCES.hours : SOURCES.minutes;
  const ofPredictions = engine.rows<RawSeries>(
    seriesOf(
      `SELECT slice, kind, name, ${AT}, sum(count) AS records, sum(missing) AS absent, sumMap(numbers) AS counted
       FROM (${source}) GROUP BY slice, kind, name, at`,
      OF_PREDICTIONS,
    ),
    { ...parameters, ...bucketBounds(stretch), model, models: [model] },
  );
  const ofServices = (): Promise<RawSeries[]> =>
    engine.rows<RawSeries>(
      seriesOf(
        `SELECT 'all' AS slice, if(grouping(operation) = 1, concat('service ', service), concat(service, '/', operation)) AS name, ${AT},
                sum(count) AS records, sum(errors) AS absent, sumMap(durations) AS counted
         FROM {database}.span_minutes WHERE service IN {services:Array(String)} AND ${within('bucket')}
         GROUP BY GROUPING SETS ((service, operation, at), (service, at))`,
        figuresOf(OF_SPANS),
      ),
      { ...parameters, services: [...services] },
    );
  const found = [...(await ofPredictions), ...(services.length === 0 ? [] : await ofServices())];
  return found.map(({ slice, name, unit, points }) => ({
    slice,
    name,
    series: {
      stepMs,
      unit,
      points: points.flatMap(([at, value, count]) => (value === null ? [] : [{ at, value, count }])),
    },
  }));
}

interface RawSeries {
  readonly slice: string;
  readonly name: string;
  readonly unit: Series['unit'];
  readonly points: readonly (readonly [at: number, value: number | null, records: number])[];
}

/**
 * What these detectors said of a model over a stretch, one value a judged window of a length: the statistic, whichever
 * version was judged last. A window that is not over yet has none.
 */
export async function readStatisticSeries(
  engine: Engine,
  query: {
    readonly model: string;
    readonly detectors: readonly string[];
    readonly stretch: Window;
    readonly stepMs: number;
  },
): Promise<StoredSeries[]> {
  const { model, detectors, stretch, stepMs } = query;
  const rows = await engine.rows<RawPoint>(
    `SELECT slice, detector AS name, toUnixTimestamp64Milli(window_from) AS at,
            argMax(statistic, judged_at) AS value, argMax(JSONExtractUInt(body, 'count'), judged_at) AS records
     FROM {database}.findings FINAL
     WHERE model = {model:String} AND detector IN {detectors:Array(String)} AND statistic IS NOT NULL AND ${within('window_from')}
       AND toUnixTimestamp64Milli(window_to) - toUnixTimestamp64Milli(window_from) = {step:Int64}
     GROUP BY slice, name, at ORDER BY slice, name, at`,
    { model, detectors: [...detectors], from: stretch.from, to: stretch.to, step: stepMs },
  );
  return gather(rows, 'number', stepMs);
}

function within(time: string): string {
  return `${time} >= fromUnixTimestamp64Milli({from:Int64}) AND ${time} < fromUnixTimestamp64Milli({to:Int64})`;
}

function gather(rows: readonly RawPoint[], unit: Series['unit'], stepMs: number): StoredSeries[] {
  const byPlace = new Map<string, { slice: string; name: string; points: Series['points'][number][] }>();
  for (const { slice, name, at, value, records } of rows) {
    if (value === null) continue;
    const key = JSON.stringify([slice, name]);
    const known = byPlace.get(key) ?? { slice, name, points: [] };
    known.points.push({ at, value, count: records });
    byPlace.set(key, known);
  }
  return [...byPlace.values()].map(({ slice, name, points }) => ({ slice, name, series: { stepMs, unit, points } }));
}
