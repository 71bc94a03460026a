import type { ScoredOutcome } from '../terms.ts';
import { weightsOf } from './class-weights.ts';
import { poolAdjacentViolators, probabilityAt } from './isotonic.ts';

const FOLDS = 10;
const BINS = 10;

/** Predictions of one class by the place of their score: how many, how many come before, and what they weigh together. */
interface ClassColumns {
  readonly counts: Float64Array;
  readonly before: Float64Array;
  readonly weights: Float64Array;
}

/** Weights of the predictions of one fold by the place of their score, and what they are promised. */
interface Fold {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
  /** Never falls, as the scores ascend. */
  readonly promised: Float64Array;
}

/**
 * Expected calibration error (ten bins of equal count) of predictions on which nothing was fitted, without and with isotonic
 * calibration: ten folds, each calibrated on the other nine, pooled. The folds are drawn by place in the order of scores,
 * so that the same reference gives the same errors. In columns, because a watch asks for it of thousands of scores again and again.
 * @param reference in ascending score
 */
export function pooledErrors(reference: readonly ScoredOutcome[]): readonly [before: number, after: number] {
  const scores = Float64Array.from(reference, ({ score }) => score);
  const positives = columnsOf(reference, 'positives');
  const negatives = columnsOf(reference, 'negatives');
  const folds = Array.from({ length: FOLDS }, (_, fold) => calibrateWithout(fold, scores, positives, negatives));
  const asTheyAre = folds.map((fold) => ({ ...fold, promised: scores }));
  return [errorOf(asTheyAre), errorOf(folds)];
}

function columnsOf(reference: readonly ScoredOutcome[], side: 'positives' | 'negatives'): ClassColumns {
  const counts = Float64Array.from(reference, (outcome) => outcome[side]);
  const weights = Float64Array.from(reference, (outcome) => weightsOf(outcome)[side]);
  const before = new Float64Array(counts.length);
  for (let at = 1; at < counts.length; at++) before[at] = (before[at - 1] ?? 0) + (counts[at - 1] ?? 0);
  return { counts, before, weights };
}

function calibrateWithout(fold: number, scores: Float64Array, ups: ClassColumns, downs: ClassColumns): Fold {
  const [positives, negatives] = [leftOut(fold, ups), leftOut(fold, downs)];
  const knots = poolAdjacentViolators(scores, positives.kept, negatives.kept);
  const promised = new Float64Array(scores.length);
  for (let at = 0, above = 0; at < scores.length; at++) {
    const score = scores[at] ?? NaN;
    while ((knots.scores[above] ?? Infinity) <= score) above++;
    promised[at] = probabilityAt(knots, score, above);
  }
  return { positives: positives.left, negatives: negatives.left, promised };
}

/** Weights of a fold's predictions, every tenth, and of the others; a weight shrinks with its count. */
function leftOut(fold: number, { counts, before, weights }: ClassColumns) {
  const [left, kept] = [new Float64Array(counts.length), new Float64Array(counts.length)];
  for (let at = 0; at < counts.length; at++) {
    const [count, first] = [counts[at] ?? 0, before[at] ?? 0];
    if (count === 0) continue;
    const ours = tenthsBefore(first + count, fold) - tenthsBefore(first, fold);
    left[at] = (weights[at] ?? 0) * (ours / count);
    kept[at] = (weights[at] ?? 0) * ((count - ours) / count);
  }
  return { left, kept };
}

/** How many places below this one belong to a fold. */
function tenthsBefore(place: number, fold: number): number {
  return Math.floor((place + FOLDS - 1 - fold) / FOLDS);
}

/** Expected calibration error of all folds together, merged in ascending promise; see `calibrationBins`. */
function errorOf(folds: readonly Fold[]): number {
  const total = folds.reduce((sum, { positives, negatives }) => sum + sumOf(positives) + sumOf(negatives), 0);
  const [promised, happened] = [new Float64Array(BINS), new Float64Array(BINS)];
  const places = new Uint32Array(FOLDS);
  const heads = Float64Array.from(folds, (fold) => fold.promised[0] ?? Infinity);
  let below = 0;
  for (;;) {
    let next = 0;
    for (let fold = 1; fold < FOLDS; fold++) if ((heads[fold] ?? 0) < (heads[next] ?? 0)) next = fold;
    const promise = heads[next] ?? Infinity;
    if (promise === Infinity) break;
    const fold = folds[next]!;
    const place = places[next]!++;
    heads[next] = fold.promised[place + 1] ?? Infinity;
    const positives = fold.positives[place] ?? 0;
    const weight = positives + (fold.negatives[place] ?? 0);
    const bin = Math.min(BINS - 1, Math.floor(((below + weight / 2) / total) * BINS));
    below += weight;
    promised[bin] = (promised[bin] ?? 0) + weight * promise;
    happened[bin] = (happened[bin] ?? 0) + positives;
  }
  return promised.reduce((sum, expected, bin) => sum + Math.abs(expected - (happened[bin] ?? 0)), 0) / total;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
