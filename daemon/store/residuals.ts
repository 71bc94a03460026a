import { binEdges } from '../../detectors/maths/log-bins.ts';
import type { LabelBin, Residuals, ScoredErrors } from '../../detectors/terms.ts';
import { delayParameters, standsFor, type DelayWeights } from './delay-weights.ts';
import type { Engine } from './engine.ts';
import { exactSums, sizeAdder, termColumns } from './exact-sum.ts';
import { groupBy } from './group-by.ts';
import { labelledParameters, labelledPredictions, type LabelledQuery } from './labelled-predictions.ts';
import { codeOf } from './number-columns.ts';

/** Sums of a group of scores: four moments, then five with the weights squared. */
const SUMS = [
  ['weight'],
  ['weight', 'error'],
  ['weight', '|error|'],
  ['weight', 'error', 'error'],
  ['weight', 'weight'],
  ['weight', 'weight', 'error'],
  ['weight', 'weight', '|error|'],
  ['weight', 'weight', 'error', 'error'],
  ['weight', 'weight', 'error', 'error', 'error', 'error'],
] as const;

const addError = sizeAdder(SUMS, ['weight', 'error']);

const WEIGHTS = [['weight'], ['weight', 'weight']] as const;
const addWeight = sizeAdder(WEIGHTS, ['weight']);

type Sums = [...ScoredErrors['moments'], ...ScoredErrors['squares']];

interface ErrorRow {
  readonly version: string;
  readonly slice: string;
  /** Columns of groups with the same score and sizes, in this order. */
  readonly scores: readonly number[];
  /** 1 where the label is known, and where it could be. */
  readonly tolds: readonly number[];
  readonly olds: readonly number[];
  readonly weight_sizes: readonly number[];
  readonly error_sizes: readonly number[];
  readonly counts: readonly number[];
  /** `SUMS` of each group. */
  readonly sums: readonly number[];
  readonly made: number;
  readonly mature: number;
  readonly labelled: number;
}

/**
 * Errors of a regression (score less label), by version and slice, summed over predictions with nearly the same score (32
 * groups an octave). Labels that are no numbers count as none.
 * @param forecast also reads predictions that are too young for their labels to be trusted, and weighs these for those still to come
 */
export async function readResiduals(
  engine: Engine,
  query: LabelledQuery,
  forecast?: DelayWeights,
): Promise<{ readonly version: string; readonly slice: string; readonly residuals: Residuals }[]> {
  const { window } = query;
  if (window.to <= window.from) return [];
  const rows = await engine.rows<ErrorRow>(
    `WITH ${labelledPredictions(query)}, sliced AS (
       SELECT version, arrayJoin(slices) AS slice,
              toFloat64(reinterpretAsFloat32(bitAnd(reinterpretAsUInt32(toFloat32(assumeNotNull(score))), 4294705152))) AS near,
              toUnixTimestamp64Milli(made_at) <= {matureBefore:Int64} AS old,
              if(present, toFloat64OrNull(label), NULL) AS truth, isNotNull(truth) AND isFinite(truth) AND (old OR {young:UInt8}) AS told,
              ${termColumns('error', 'if(told, assumeNotNull(score) - assumeNotNull(truth), 0)')},
              ${termColumns('weight', `if(told, ${forecast === undefined ? '1' : `if(old, 1, ${standsFor('negatives')})`} / ifNull(propensity, 1), 1)`)}
       FROM made LEFT JOIN known USING prediction_id WHERE isFinite(made.score)
     ), sized AS (
       SELECT version, slice, near, told, old, weight_size, error_size, count() AS records, ${exactSums(SUMS)} AS sums
       FROM sliced GROUP BY version, slice, near, told, old, weight_size, error_size
     )
     SELECT version, slice, groupArray(near) AS scores, groupArray(toUInt8(told)) AS tolds, groupArray(toUInt8(old OR {young:UInt8})) AS olds,
            groupArray(weight_size) AS weight_sizes, groupArray(error_size) AS error_sizes, groupArray(records) AS counts,
            arrayFlatten(groupArray(sized.sums)) AS sums,
            sum(records) AS made, sumIf(records, old) AS mature, sumIf(records, told AND old) AS labelled
     FROM (SELECT * FROM sized ORDER BY near, told, old, weight_size, error_size) AS sized GROUP BY version, slice ORDER BY version, slice`,
    {
      ...labelledParameters(query),
      ...delayParameters(forecast, query),
      young: forecast === undefined ? 0 : 1,
    },
  );
  const labels = forecast === undefined ? await readLabelBins(engine, query) : new Map<string, LabelBin[]>();
  return rows.map((row) => ({
    version: row.version,
    slice: row.slice,
    residuals: {
      predictions: row.made,
      mature: row.mature,
      labelled: row.labelled,
      ...(forecast === undefined && { labels: labels.get(placeOf(row)) ?? [] }),
      errors: errorsOf(row),
    },
  }));
}

/** Errors of each score that has any to tell of, by ascending score. */
function errorsOf(row: ErrorRow): ScoredErrors[] {
  const errors: ScoredErrors[] = [];
  let [at, end] = [0, 0];
  for (; at < row.scores.length; at = end) {
    let [count, unknown] = [0, 0];
    const sums = SUMS.map(() => 0);
    for (end = at; row.scores[end] === row.scores[at]; end++) {
      if (row.tolds[end] === 1) {
        count += row.counts[end]!;
        addError(sums, [row.weight_sizes[end]!, row.error_sizes[end]!], row.sums, end * SUMS.length);
      } else if (row.olds[end] === 1) unknown += row.counts[end]!;
    }
    const [m0, m1, m2, m3, s0, s1, s2, s3, s4] = sums as Sums;
    if (count + unknown > 0)
      errors.push({ score: row.scores[at]!, count, unknown, moments: [m0, m1, m2, m3], squares: [s0, s1, s2, s3, s4] });
  }
  return errors;
}

/** What matured labels say, of all scores together, in the bins that numbers are counted in; by version and slice. */
async function readLabelBins(engine: Engine, query: LabelledQuery): Promise<Map<string, LabelBin[]>> {
  const rows = await engine.rows<{
    version: string;
    slice: string;
    groups: (readonly [code: number, weightSize: number, sums: readonly number[]])[];
  }>(
    `WITH ${labelledPredictions(query)}, sliced AS (
       SELECT version, arrayJoin(slices) AS slice, if(present, toFloat64OrNull(label), NULL) AS truth, ${codeOf('ifNull(truth, 0)')} AS code,
              ${termColumns('weight', '1 / ifNull(propensity, 1)')}
       FROM made INNER JOIN known USING prediction_id
       WHERE isFinite(made.score) AND isNotNull(truth) AND isFinite(truth) AND toUnixTimestamp64Milli(made_at) <= {matureBefore:Int64}
     ), sized AS (
       SELECT version, slice, tuple(toInt32(code), weight_size, ${exactSums(WEIGHTS)}) AS group
       FROM sliced GROUP BY version, slice, code, weight_size
     )
     SELECT version, slice, groupArray(group) AS groups FROM (SELECT * FROM sized ORDER BY group) AS sized GROUP BY version, slice`,
    labelledParameters(query),
  );
  return new Map(
    rows.map((row) => [
      placeOf(row),
      [...groupBy(row.groups, ([code]) => code)]
        .map(([code, groups]): LabelBin => {
          const [low, high] = binEdges(code);
          const sums = [0, 0];
          for (const [, size, ofSize] of groups) addWeight(sums, [size], ofSize);
          return { low, high, weight: sums[0]!, squares: sums[1]! };
        })
        .sort((one, other) => one.low - other.low),
    ]),
  );
}

function placeOf({ version, slice }: { readonly version: string; readonly slice: string }): string {
  return JSON.stringify([version, slice]);
}
