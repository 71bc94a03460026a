import type { Series, Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';

/** How the name of the series of a feature's missing share begins; the feature follows. */
export const MISSING_SHARE_OF = 'missing share of ';

/** One stored series: of a feature, the score, an operation, or the statistic of a detector of accuracy. */
export interface StoredSeries {
  readonly slice: string;
  /** "missing share of amount", "mean score", "mean score of class gold", "error share of checkout/charge", "roc_auc". */
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

/** Start of the step that a DateTime lies in. */
const STEP = (time: string): string =>
  `intDiv(toUnixTimestamp(${time}) * 1000 - {from:Int64}, {step:Int64}) * {step:Int64} + {from:Int64}`;

/**
 * Every stored series of a model over a stretch, one value a step from its start on: the missing share of each feature and
 * the mean score (of each class, where there are several) by slice, and the error share of each operation of its services.
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
  const parameters = { model, from: stretch.from, to: stretch.to, step: stepMs };
  const [missing, scores, errors] = await Promise.all([
    engine.rows<RawPoint>(
      `SELECT slice, concat('${MISSING_SHARE_OF}', name) AS name, ${STEP('bucket')} AS at,
              sum(missing) / sum(count) AS value, sum(count) AS records
       FROM {database}.prediction_minutes WHERE model = {model:String} AND kind = 'feature' AND ${within('bucket')}
       GROUP BY slice, name, at HAVING records > 0 ORDER BY slice, name, at`,
      parameters,
    ),
    engine.rows<RawPoint>(
      `SELECT slice, if(name = '', 'mean score', concat('mean score of class ', name)) AS name, ${STEP('bucket')} AS at, sumMap(numbers) AS counted,
              arraySum(arrayMap((code, n) -> ${MIDDLE} * n, mapKeys(counted), mapValues(counted))) / records AS value,
              arraySum(mapValues(counted)) AS records
       FROM {database}.prediction_minutes WHERE model = {model:String} AND kind = 'score' AND ${within('bucket')}
       GROUP BY slice, name, at HAVING records > 0 ORDER BY slice, name, at`,
      parameters,
    ),
    services.length === 0
      ? []
      : engine.rows<RawPoint>(
          `SELECT 'all' AS slice, concat('error share of ', service, '/', operation) AS name, ${STEP('bucket')} AS at,
                  sum(errors) / sum(count) AS value, sum(count) AS records
           FROM {database}.span_minutes WHERE service IN {services:Array(String)} AND ${within('bucket')}
           GROUP BY service, operation, at HAVING records > 0 ORDER BY name, at`,
          { ...parameters, services: [...services] },
        ),
  ]);
  return [...gather(missing, 'share', stepMs), ...gather(scores, 'number', stepMs), ...gather(errors, 'share', stepMs)];
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
