import { macroF1 } from '../detectors/maths/class-scores.ts';
import type { ClassAccuracy, ClassLabelled, ConfusionCell, PairedDifference } from '../detectors/terms.ts';
import { decidedClass } from './class-columns.ts';
import { mcnemarP } from './mcnemar.ts';

/** Labelled predictions with class scores of both models. */
export interface LabelledClassPairs {
  /** Row-major, a column for each class that is compared. */
  readonly control: Float64Array;
  readonly candidate: Float64Array;
  /** What each turned out to be. */
  readonly labels: readonly string[];
  /** 1 / propensity, so that what was let through more rarely counts more. */
  readonly weights: Float64Array;
}

/** Two-sided 95 % of the normal distribution. */
const Z95 = 1.959963984540054;
/** Keeps the loss of a probability of 0 finite, as scikit-learn does for double precision. */
const CLOSEST = 2.220446049250313e-16;

/**
 * How right two models that tell classes apart are on the same labelled predictions. Shares and means are weighted and
 * self-normalised; McNemar's test, which counts pairs, is not. A label that is none of the classes is got wrong by both.
 * @param names of the columns
 * @param represents labelled predictions that those here stand for
 */
export function judgeClasses(
  { control, candidate, labels, weights }: LabelledClassPairs,
  names: readonly string[],
  represents: number,
): ClassLabelled {
  const ours = judgeOne(candidate, labels, weights, names);
  const theirs = judgeOne(control, labels, weights, names);
  const count = labels.length;
  let [sum, squares, onlyControlRight, onlyCandidateRight] = [0, 0, 0, 0];
  for (let row = 0; row < count; row++) {
    const weight = weights[row] ?? 1;
    sum += weight;
    squares += weight ** 2;
    if (theirs.right[row] === ours.right[row]) continue;
    if (theirs.right[row] === 1) onlyControlRight++;
    else onlyCandidateRight++;
  }
  return {
    count,
    represents: Math.round(represents),
    effective: squares === 0 ? 0 : sum ** 2 / squares,
    onlyControlRight,
    onlyCandidateRight,
    mcnemarP: mcnemarP(onlyControlRight, onlyCandidateRight),
    control: theirs.accuracy,
    candidate: ours.accuracy,
    accuracyDifference: pairedDifference(theirs.right, ours.right, weights),
    lossDifference: pairedDifference(theirs.losses, ours.losses, weights),
  };
}

/** What is known without a label. */
export const NO_CLASS_LABELS: ClassLabelled = judgeClasses(
  { control: new Float64Array(), candidate: new Float64Array(), labels: [], weights: new Float64Array() },
  [],
  0,
);

interface Judged {
  readonly accuracy: ClassAccuracy;
  /** 1 where the decided class is the label. */
  readonly right: Float64Array;
  readonly losses: Float64Array;
}

function judgeOne(
  scores: Float64Array,
  labels: readonly string[],
  weights: Float64Array,
  names: readonly string[],
): Judged {
  const [right, losses] = [new Float64Array(labels.length), new Float64Array(labels.length)];
  const cells = new Map<
    string,
    { predicted: string; actual: string; count: number; weight: number; weightSquares: number }
  >();
  let [total, hits, loss] = [0, 0, 0];
  for (const [row, actual] of labels.entries()) {
    const predicted = names[decidedClass(scores, row, names.length)] ?? '';
    const weight = weights[row] ?? 1;
    right[row] = predicted === actual ? 1 : 0;
    const at = names.indexOf(actual);
    const probability = at < 0 ? 0 : (scores[row * names.length + at] ?? 0);
    losses[row] = -Math.log(Math.min(1, Math.max(CLOSEST, probability)));
    total += weight;
    hits += weight * (right[row] ?? 0);
    loss += weight * (losses[row] ?? 0);
    const key = JSON.stringify([predicted, actual]);
    const cell = cells.get(key) ?? { predicted, actual, count: 0, weight: 0, weightSquares: 0 };
    cells.set(key, cell);
    cell.count++;
    cell.weight += weight;
    cell.weightSquares += weight ** 2;
  }
  const known: readonly ConfusionCell[] = [...cells.values()];
  return {
    right,
    losses,
    accuracy: {
      accuracy: total === 0 ? null : hits / total,
      macroF1: known.length === 0 ? null : macroF1(known).value,
      logLoss: total === 0 ? null : loss / total,
    },
  };
}

/** Weighted mean of candidate minus control, with its normal 95 % interval; null for fewer than two pairs. */
function pairedDifference(
  control: Float64Array,
  candidate: Float64Array,
  weights: Float64Array,
): PairedDifference | null {
  if (control.length < 2) return null;
  let [total, sum] = [0, 0];
  for (const [row, theirs] of control.entries()) {
    total += weights[row] ?? 1;
    sum += (weights[row] ?? 1) * ((candidate[row] ?? 0) - theirs);
  }
  const mean = sum / total;
  let squares = 0;
  for (const [row, theirs] of control.entries())
    squares += ((weights[row] ?? 1) * ((candidate[row] ?? 0) - theirs - mean)) ** 2;
  const half = (Z95 * Math.sqrt(squares)) / total;
  return { mean, interval: [mean - half, mean + half] };
}
