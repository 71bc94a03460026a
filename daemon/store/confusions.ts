import type { ConfusionCell, Confusions, ScoredOutcome } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { exactSum, sizesOf, sumOfSizes, termColumns } from './exact-sum.ts';
import { labelledParameters, labelledPredictions, type LabelledQuery } from './labelled-predictions.ts';

interface Cells {
  readonly version: string;
  readonly slice: string;
  readonly cells: readonly (readonly [string, string, number, number, number])[];
  readonly made: number;
  readonly mature: number;
  readonly labelled: number;
}

/** Classes told apart; the labels of a model with more are counted by the most frequent ones. */
const MOST_CLASSES = 100;

/** The class that a prediction named: the most probable, of equal ones the first by name; without probabilities its decision. */
const PREDICTED = `if(empty(mapKeys(scores)), decision, arrayFirst(name -> scores[name] = arrayMax(mapValues(scores)), arraySort(mapKeys(scores))))`;

/** Matured labels of a multiclass model against the classes that it named, by version and slice. */
export async function readConfusions(
  engine: Engine,
  query: LabelledQuery,
): Promise<{ readonly version: string; readonly slice: string; readonly confusions: Confusions }[]> {
  const { window } = query;
  if (window.to <= window.from) return [];
  const rows = await engine.rows<Cells>(
    `WITH ${labelledPredictions(query)}, sliced AS (
       SELECT version, arrayJoin(slices) AS slice, ${PREDICTED} AS predicted, label,
              toUnixTimestamp64Milli(made_at) <= {matureBefore:Int64} AS old, old AND present AS told, ${termColumns('weight', '1 / ifNull(propensity, 1)')}
       FROM made LEFT JOIN known USING prediction_id
     ), sized AS (
       SELECT version, slice, predicted, if(told, label, '') AS actual, told, count() AS made, sum(old) AS mature, sum(told) AS labelled,
              ${exactSum(['weight'], '1')} AS w, ${exactSum(['weight', 'weight'], '1')} AS ww
       FROM sliced WHERE predicted != '' GROUP BY version, slice, predicted, actual, told, ${sizesOf(['weight'])}
     ), judged AS (
       SELECT version, slice, predicted, actual, told, sum(sized.made) AS made, sum(sized.mature) AS mature, sum(sized.labelled) AS labelled,
              ${sumOfSizes('w')} AS weights, ${sumOfSizes('ww')} AS squares
       FROM sized GROUP BY version, slice, predicted, actual, told
     )
     SELECT version, slice,
            groupArrayIf({most:UInt32})(tuple(predicted, actual, judged.made, weights, squares), told) AS cells,
            sum(judged.made) AS made, sum(judged.mature) AS mature, sum(judged.labelled) AS labelled
     FROM (SELECT * FROM judged ORDER BY judged.made DESC, predicted, actual) AS judged GROUP BY version, slice ORDER BY version, slice`,
    { ...labelledParameters(query), most: MOST_CLASSES * MOST_CLASSES },
  );
  const classes = await readClasses(engine, query);
  return rows.map(({ version, slice, cells, ...counts }) => ({
    version,
    slice,
    confusions: {
      predictions: counts.made,
      mature: counts.mature,
      labelled: counts.labelled,
      cells: cells.map(([predicted, actual, count, weight, weightSquares]): ConfusionCell => ({
        predicted,
        actual,
        count,
        weight,
        weightSquares,
      })),
      classes: classes
        .filter((one) => one.version === version && one.slice === slice)
        .map(({ name, outcomes }) => ({ name, outcomes })),
    },
  }));
}

/** Each class against all others, by its probability to 1 part in 64. */
async function readClasses(
  engine: Engine,
  query: LabelledQuery,
): Promise<{ version: string; slice: string; name: string; outcomes: ScoredOutcome[] }[]> {
  const rows = await engine.rows<{
    version: string;
    slice: string;
    name: string;
    groups: [number, number, number, number, number, number, number][];
  }>(
    `WITH ${labelledPredictions(query)}, sliced AS (
       SELECT version, arrayJoin(slices) AS slice, scores, label, ${termColumns('weight', '1 / ifNull(propensity, 1)')}
       FROM made INNER JOIN known USING prediction_id WHERE toUnixTimestamp64Milli(made_at) <= {matureBefore:Int64}
     ), sized AS (
       SELECT version, slice, name,
              toFloat64(reinterpretAsFloat32(bitAnd(reinterpretAsUInt32(toFloat32(probability)), 4294836224))) AS near,
              sum(label = name) AS positives, sum(label != name) AS negatives,
              ${exactSum(['weight'], 'label = name')} AS w, ${exactSum(['weight'], 'label != name')} AS v,
              ${exactSum(['weight', 'weight'], 'label = name')} AS ww, ${exactSum(['weight', 'weight'], 'label != name')} AS vv
       FROM sliced ARRAY JOIN mapKeys(scores) AS name, mapValues(scores) AS probability
       GROUP BY version, slice, name, near, ${sizesOf(['weight'])}
     ), judged AS (
       SELECT version, slice, name, near, sum(sized.positives) AS positives, sum(sized.negatives) AS negatives,
              ${['w', 'v', 'ww', 'vv'].map((sum) => `${sumOfSizes(`sized.${sum}`)} AS ${sum}`).join(', ')}
       FROM sized GROUP BY version, slice, name, near
     )
     SELECT version, slice, name, groupArray(tuple(near, positives, negatives, w, v, ww, vv)) AS groups
     FROM (SELECT * FROM judged ORDER BY near) GROUP BY version, slice, name ORDER BY version, slice, sum(positives) DESC, name
     LIMIT {most:UInt32} BY version, slice`,
    { ...labelledParameters(query), most: MOST_CLASSES },
  );
  return rows.map(({ groups, ...place }) => ({
    ...place,
    outcomes: groups.map(([score, positives, negatives, w, v, ww, vv]): ScoredOutcome => {
      const weights = { positives: w, negatives: v, positiveSquares: ww, negativeSquares: vv };
      return { score, positives, negatives, ...((w !== positives || v !== negatives) && { weights }) };
    }),
  }));
}
