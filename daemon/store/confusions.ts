import { addOutcomes } from '../../detectors/maths/class-weights.ts';
import type { ClassOutcomes, ConfusionCell, Confusions, ScoredOutcome } from '../../detectors/terms.ts';
import { delayParameters, standsFor, type DelayWeights } from './delay-weights.ts';
import type { Engine } from './engine.ts';
import { exactSum, sizesOf, sumOfSizes, termColumns } from './exact-sum.ts';
import { labelledParameters, labelledPredictions, type LabelledQuery } from './labelled-predictions.ts';
import { nearScore } from './near-score.ts';

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

/** Whether the label of a prediction is known and counts; and by how much. */
const TOLD = 'present AND (old OR {young:UInt8})';
const WEIGHT = (forecast: DelayWeights | undefined): string =>
  forecast === undefined
    ? '1 / ifNull(propensity, 1)'
    : `if(old, 1, ${standsFor('negatives')}) / ifNull(propensity, 1)`;

/**
 * Matured labels of a multiclass model against the classes that it named, by version and slice.
 * @param forecast also reads predictions that are too young for their labels to be trusted, and weighs these for those still to come
 */
export async function readConfusions(
  engine: Engine,
  query: LabelledQuery,
  forecast?: DelayWeights,
): Promise<{ readonly version: string; readonly slice: string; readonly confusions: Confusions }[]> {
  const { window } = query;
  if (window.to <= window.from) return [];
  const rows = await engine.rows<Cells>(
    `WITH ${labelledPredictions(query)}, sliced AS (
       SELECT version, arrayJoin(slices) AS slice, ${PREDICTED} AS predicted, label,
              toUnixTimestamp64Milli(made_at) <= {matureBefore:Int64} AS old, ${TOLD} AS told, ${termColumns('weight', WEIGHT(forecast))}
       FROM made LEFT JOIN known USING prediction_id
     ), sized AS (
       SELECT version, slice, predicted, if(told, label, '') AS actual, told, count() AS made, sum(old) AS mature, sum(told AND old) AS labelled,
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
    { ...parametersOf(query, forecast), most: MOST_CLASSES * MOST_CLASSES },
  );
  const classes = await readClasses(engine, query, forecast);
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
        .map(({ name, outcomes, named }) => ({ name, outcomes, named })),
    },
  }));
}

function parametersOf(query: LabelledQuery, forecast: DelayWeights | undefined) {
  return {
    ...labelledParameters(query),
    ...delayParameters(forecast, query),
    young: forecast === undefined ? 0 : 1,
  };
}

interface ClassRow {
  readonly version: string;
  readonly slice: string;
  readonly name: string;
  readonly groups: readonly (readonly [
    near: number,
    named: number,
    positives: number,
    negatives: number,
    unknown: number,
    w: number,
    v: number,
    ww: number,
    vv: number,
  ])[];
}

/** Each class against all others, by its probability to 1 part in 64, and apart from these the predictions that named it. */
async function readClasses(
  engine: Engine,
  query: LabelledQuery,
  forecast: DelayWeights | undefined,
): Promise<(Omit<ClassRow, 'groups'> & ClassOutcomes)[]> {
  const rows = await engine.rows<ClassRow>(
    `WITH ${labelledPredictions(query)}, sliced AS (
       SELECT version, arrayJoin(slices) AS slice, scores, label, ${PREDICTED} AS predicted,
              toUnixTimestamp64Milli(made_at) <= {matureBefore:Int64} AS old, ${TOLD} AS told, ${termColumns('weight', WEIGHT(forecast))}
       FROM made LEFT JOIN known USING prediction_id
     ), sized AS (
       SELECT version, slice, name, ${nearScore('probability', 6)} AS near, predicted = name AS named,
              sum(told AND label = name) AS positives, sum(told AND label != name) AS negatives, sum(NOT told) AS unknowns,
              ${exactSum(['weight'], 'told AND label = name')} AS w, ${exactSum(['weight'], 'told AND label != name')} AS v,
              ${exactSum(['weight', 'weight'], 'told AND label = name')} AS ww, ${exactSum(['weight', 'weight'], 'told AND label != name')} AS vv
       FROM sliced ARRAY JOIN mapKeys(scores) AS name, mapValues(scores) AS probability
       WHERE old OR {young:UInt8} GROUP BY version, slice, name, near, named, ${sizesOf(['weight'])}
     ), judged AS (
       SELECT version, slice, name, near, named, sum(sized.positives) AS positives, sum(sized.negatives) AS negatives, sum(sized.unknowns) AS unknowns,
              ${['w', 'v', 'ww', 'vv'].map((sum) => `${sumOfSizes(`sized.${sum}`)} AS ${sum}`).join(', ')}
       FROM sized GROUP BY version, slice, name, near, named
     )
     SELECT version, slice, name, groupArray(tuple(near, named, positives, negatives, unknowns, w, v, ww, vv)) AS groups
     FROM (SELECT * FROM judged ORDER BY near, named) GROUP BY version, slice, name ORDER BY version, slice, sum(positives) DESC, name
     LIMIT {most:UInt32} BY version, slice`,
    { ...parametersOf(query, forecast), most: MOST_CLASSES },
  );
  return rows.map(({ groups, ...place }) => {
    const all = groups.map((group) => ({ named: group[1] === 1, outcome: outcomeOf(group) }));
    return {
      ...place,
      outcomes: addEqual(all.map(({ outcome }) => outcome)),
      named: all.filter(({ named }) => named).map(({ outcome }) => outcome),
    };
  });
}

function outcomeOf([score, , positives, negatives, unknown, w, v, ww, vv]: ClassRow['groups'][number]): ScoredOutcome {
  const weights = { positives: w, negatives: v, positiveSquares: ww, negativeSquares: vv };
  return {
    score,
    positives,
    negatives,
    ...(unknown > 0 && { unknown }),
    ...((w !== positives || v !== negatives) && { weights }),
  };
}

/** Groups of the same score, which stand together, as one. */
function addEqual(outcomes: readonly ScoredOutcome[]): ScoredOutcome[] {
  const added: ScoredOutcome[] = [];
  for (const outcome of outcomes) {
    const last = added.at(-1);
    if (last?.score !== outcome.score) added.push(outcome);
    else added[added.length - 1] = addOutcomes(last, outcome);
  }
  return added;
}
