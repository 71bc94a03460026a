import { addOutcomes } from '../../detectors/maths/class-weights.ts';
import type { ClassOutcomes, ConfusionCell, Confusions, ScoredOutcome } from '../../detectors/terms.ts';
import { delayParameters, standsFor, type DelayWeights } from './delay-weights.ts';
import type { Engine } from './engine.ts';
import { exactSums, sizeAdder, termColumns } from './exact-sum.ts';
import { groupBy } from './group-by.ts';
import { labelledParameters, labelledPredictions, type LabelledQuery } from './labelled-predictions.ts';
import { nearScore } from './near-score.ts';

interface Cells {
  readonly version: string;
  readonly slice: string;
  readonly cells: readonly (readonly [
    predicted: string,
    actual: string,
    count: number,
    weightSize: number,
    sums: readonly number[],
  ])[];
  readonly made: number;
  readonly mature: number;
  readonly labelled: number;
}

/** Classes told apart; the labels of a model with more are counted by the most frequent ones. */
const MOST_CLASSES = 100;

/** The class that a prediction named: the most probable, of equal ones the first by name; without probabilities its decision. */
const PREDICTED = `if(empty(mapKeys(scores)), decision, arrayFirst(name -> scores[name] = arrayMax(mapValues(scores)), arraySort(mapKeys(scores))))`;

const WEIGHTS = [['weight'], ['weight', 'weight']] as const;
const addSize = sizeAdder(WEIGHTS, ['weight']);

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
       SELECT version, slice, told, tuple(predicted, if(told, label, '') AS actual, count(), weight_size, ${exactSums(WEIGHTS)}) AS cell,
              count() AS made, sum(old) AS mature, sum(told AND old) AS labelled
       FROM sliced WHERE predicted != '' GROUP BY version, slice, predicted, actual, told, weight_size
     )
     SELECT version, slice, groupArrayIf(cell, told) AS cells,
            sum(sized.made) AS made, sum(sized.mature) AS mature, sum(sized.labelled) AS labelled
     FROM (SELECT * FROM sized ORDER BY cell) AS sized GROUP BY version, slice ORDER BY version, slice`,
    parametersOf(query, forecast),
  );
  const classes = await readClasses(engine, query, forecast);
  return rows.map(({ version, slice, cells, ...counts }) => ({
    version,
    slice,
    confusions: {
      predictions: counts.made,
      mature: counts.mature,
      labelled: counts.labelled,
      cells: cellsOf(cells),
      classes: classes
        .filter((one) => one.version === version && one.slice === slice)
        .map(({ name, outcomes, named }) => ({ name, outcomes, named })),
    },
  }));
}

/** The cells that most predictions fall into. */
function cellsOf(cells: Cells['cells']): ConfusionCell[] {
  return [...groupBy(cells, ([predicted, actual]) => JSON.stringify([predicted, actual])).values()]
    .map((ofSizes): ConfusionCell => {
      const [predicted, actual] = ofSizes[0]!;
      const [weight, weightSquares] = weightsOf(ofSizes.map((cell) => [cell[3], cell[4]]));
      const count = ofSizes.reduce((all, cell) => all + cell[2], 0);
      return { predicted, actual, count, weight, weightSquares };
    })
    .sort(byCount)
    .slice(0, MOST_CLASSES * MOST_CLASSES);
}

/** The most frequent first; of equal ones the first by name. */
function byCount(one: ConfusionCell, other: ConfusionCell): number {
  return other.count - one.count || compare(one.predicted, other.predicted) || compare(one.actual, other.actual);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function parametersOf(query: LabelledQuery, forecast: DelayWeights | undefined) {
  return {
    ...labelledParameters(query),
    ...delayParameters(forecast, query),
    young: forecast === undefined ? 0 : 1,
  };
}

/** What is known of a class of a prediction: it is the label, is not, or the label is not known. */
const [POSITIVE, NEGATIVE, UNKNOWN] = [1, 2, 3];

interface ClassRow {
  readonly version: string;
  readonly slice: string;
  readonly name: string;
  readonly groups: readonly (readonly [
    near: number,
    named: number,
    side: number,
    count: number,
    weightSize: number,
    sums: readonly number[],
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
       SELECT version, slice, name, multiIf(NOT told, ${UNKNOWN}, label = name, ${POSITIVE}, ${NEGATIVE}) AS side, count() AS records,
              tuple(${nearScore('probability', 6)} AS near, predicted = name AS named, side, records, weight_size, ${exactSums(WEIGHTS)}) AS group
       FROM sliced ARRAY JOIN mapKeys(scores) AS name, mapValues(scores) AS probability
       WHERE old OR {young:UInt8} GROUP BY version, slice, name, near, named, side, weight_size
     )
     SELECT version, slice, name, groupArray(group) AS groups
     FROM (SELECT * FROM sized ORDER BY group) AS sized GROUP BY version, slice, name ORDER BY version, slice, sumIf(records, side = ${POSITIVE}) DESC, name
     LIMIT {most:UInt32} BY version, slice`,
    { ...parametersOf(query, forecast), most: MOST_CLASSES },
  );
  return rows.map(({ groups, ...place }) => {
    const all = [...groupBy(groups, ([near, named]) => `${near} ${named}`).values()]
      .map((group) => ({ named: group[0]![1] === 1, outcome: outcomeOf(group) }))
      .sort((one, other) => one.outcome.score - other.outcome.score || Number(one.named) - Number(other.named));
    return {
      ...place,
      outcomes: addEqual(all.map(({ outcome }) => outcome)),
      named: all.filter(({ named }) => named).map(({ outcome }) => outcome),
    };
  });
}

function outcomeOf(groups: ClassRow['groups']): ScoredOutcome {
  const ofSide = (side: number): ClassRow['groups'] => groups.filter((group) => group[2] === side);
  const [positives, negatives, unknown] = [POSITIVE, NEGATIVE, UNKNOWN].map((side) => countOf(ofSide(side))) as [
    number,
    number,
    number,
  ];
  const [w, ww] = weightsOf(ofSide(POSITIVE).map((group) => [group[4], group[5]]));
  const [v, vv] = weightsOf(ofSide(NEGATIVE).map((group) => [group[4], group[5]]));
  const weights = { positives: w, negatives: v, positiveSquares: ww, negativeSquares: vv };
  return {
    score: groups[0]![0],
    positives,
    negatives,
    ...(unknown > 0 && { unknown }),
    ...((w !== positives || v !== negatives) && { weights }),
  };
}

function countOf(groups: ClassRow['groups']): number {
  return groups.reduce((all, group) => all + group[3], 0);
}

/** Sum of the weights of groups, and of their squares. */
function weightsOf(bySize: readonly (readonly [size: number, sums: readonly number[]])[]): [number, number] {
  const sums: [number, number] = [0, 0];
  for (const [size, ofSize] of bySize) addSize(sums, [size], ofSize);
  return sums;
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
