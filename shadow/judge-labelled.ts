import { normalSurvival } from '../detectors/maths/special.ts';
import { rocAuc } from '../detectors/maths/roc-auc.ts';
import type { Labelled, ModelAccuracy, ScoredOutcome } from '../detectors/terms.ts';
import { firstAtLeast } from './first-at-least.ts';
import { mcnemarP } from './mcnemar.ts';

/** Labelled predictions with a score of both models, as columns of the same length. */
export interface LabelledPairs {
  readonly control: Float64Array;
  readonly candidate: Float64Array;
  /** 1 for a positive, such as a fraud. */
  readonly positive: Uint8Array;
  /** 1 / propensity, so that what was let through more rarely counts more; of a sample times `standsFor`. */
  readonly weights: Float64Array;
  /** Of a sample: how many labelled predictions each one stands for. */
  readonly standsFor?: Float64Array;
  /** Money at stake. */
  readonly stakes: Float64Array;
}

/** Equal-count bins of the calibration error, as in Guo et al. 2017 but robust to skewed scores. */
const CALIBRATION_BINS = 10;
/** Keeps the loss of a score of exactly 0 or 1 finite, as scikit-learn does for double precision. */
const CLOSEST = 2.220446049250313e-16;

/**
 * How right the two models are on the same labelled predictions. Shares and means are weighted and self-normalised;
 * McNemar's test, which counts pairs, does not weigh by propensity.
 */
export function judgeLabelled(
  pairs: LabelledPairs,
  thresholds: { readonly control: number; readonly candidate: number },
): Labelled {
  const { control, candidate, positive, weights, standsFor } = pairs;
  const count = positive.length;
  let [positives, sum, squares, represents] = [0, 0, 0, 0];
  const only: OnlyRight = { control: 0, candidate: 0, weightOfControl: 0, weightOfCandidate: 0, squares: 0 };
  for (let row = 0; row < count; row++) {
    const truth = positive[row] === 1;
    const controlRight = (control[row] ?? 0) >= thresholds.control === truth;
    const candidateRight = (candidate[row] ?? 0) >= thresholds.candidate === truth;
    const stands = standsFor?.[row] ?? 1;
    if (controlRight !== candidateRight) {
      only[controlRight ? 'control' : 'candidate']++;
      only[controlRight ? 'weightOfControl' : 'weightOfCandidate'] += stands;
      only.squares += stands * stands;
    }
    if (truth) positives++;
    represents += stands;
    const weight = weights[row] ?? 1;
    sum += weight;
    squares += weight * weight;
  }
  return {
    count,
    positives,
    represents: Math.round(represents),
    effective: squares === 0 ? 0 : (sum * sum) / squares,
    onlyControlRight: Math.round(only.weightOfControl),
    onlyCandidateRight: Math.round(only.weightOfCandidate),
    mcnemarP: pairedP(only),
    control: accuracyOf(control, thresholds.control, pairs),
    candidate: accuracyOf(candidate, thresholds.candidate, pairs),
  };
}

/** Pairs on which one model alone is right, and what they stand for. */
interface OnlyRight {
  control: number;
  candidate: number;
  weightOfControl: number;
  weightOfCandidate: number;
  squares: number;
}

/** McNemar's exact test where all pairs stand for as many; else the normal one of the weighted difference, which is 0 where neither is better. */
function pairedP({ control, candidate, weightOfControl, weightOfCandidate, squares }: OnlyRight): number | null {
  const weight = weightOfControl + weightOfCandidate;
  const isEven = squares * (control + candidate) <= weight * weight * (1 + 1e-9);
  if (isEven) return mcnemarP(control, candidate);
  return 2 * normalSurvival(Math.abs(weightOfControl - weightOfCandidate) / Math.sqrt(squares));
}

/** What is known without a label. */
export const NO_LABELS: Labelled = judgeLabelled(
  {
    control: new Float64Array(),
    candidate: new Float64Array(),
    positive: new Uint8Array(),
    weights: new Float64Array(),
    stakes: new Float64Array(),
  },
  { control: 0, candidate: 0 },
);

function accuracyOf(scores: Float64Array, threshold: number, pairs: LabelledPairs): ModelAccuracy {
  const { positive, weights, stakes } = pairs;
  let [truePositives, falsePositives, falseNegatives, trueNegatives] = [0, 0, 0, 0];
  let [missedValue, wronglyDeclinedValue, squares, loss] = [0, 0, 0, 0];
  for (const [row, score] of scores.entries()) {
    const [truth, weight, stake] = [positive[row] ?? 0, weights[row] ?? 1, stakes[row] ?? 0];
    if (score >= threshold) {
      if (truth === 1) truePositives += weight;
      else [falsePositives, wronglyDeclinedValue] = [falsePositives + weight, wronglyDeclinedValue + weight * stake];
    } else if (truth === 1) [falseNegatives, missedValue] = [falseNegatives + weight, missedValue + weight * stake];
    else trueNegatives += weight;
    squares += weight * (score - truth) ** 2;
    loss -= weight * Math.log(Math.min(1 - CLOSEST, Math.max(CLOSEST, truth === 1 ? score : 1 - score)));
  }
  const total = truePositives + falsePositives + falseNegatives + trueNegatives;
  const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
  const probabilities = scores.every((score) => score >= 0 && score <= 1);
  const order = ascending(scores);
  const bothClasses = truePositives + falseNegatives > 0 && falsePositives + trueNegatives > 0;
  return {
    auc: bothClasses ? rocAuc(outcomesOf(scores, order, pairs)).value : null,
    recall: share(truePositives, truePositives + falseNegatives),
    precision: share(truePositives, truePositives + falsePositives),
    falsePositiveRate: share(falsePositives, falsePositives + trueNegatives),
    missedValue,
    wronglyDeclinedValue,
    brier: probabilities ? share(squares, total) : null,
    logLoss: probabilities ? share(loss, total) : null,
    calibrationError: probabilities ? calibrationError(scores, order, pairs) : null,
  };
}

/** In ascending score, each score once; the counts are sums of weights. */
function outcomesOf(scores: Float64Array, order: Uint32Array, { positive, weights }: LabelledPairs): ScoredOutcome[] {
  const outcomes: { score: number; positives: number; negatives: number }[] = [];
  for (const row of order) {
    const score = scores[row] ?? 0;
    let last = outcomes.at(-1);
    if (last?.score !== score) outcomes.push((last = { score, positives: 0, negatives: 0 }));
    if (positive[row] === 1) last.positives += weights[row] ?? 1;
    else last.negatives += weights[row] ?? 1;
  }
  return outcomes;
}

/** Mean distance between score and share of positives, over bins of equal counts in the traffic. */
function calibrationError(
  scores: Float64Array,
  order: Uint32Array,
  { positive, weights, standsFor }: LabelledPairs,
): number | null {
  if (order.length === 0) return null;
  const count = standsFor?.reduce((sum, stands) => sum + stands, 0) ?? order.length;
  const differences = new Float64Array(CALIBRATION_BINS);
  let [counted, total] = [0, 0];
  for (const row of order) {
    counted += standsFor?.[row] ?? 1;
    const bin = Math.min(CALIBRATION_BINS, Math.ceil((CALIBRATION_BINS * counted) / count)) - 1;
    const weight = weights[row] ?? 1;
    differences[bin] = (differences[bin] ?? 0) + weight * ((scores[row] ?? 0) - (positive[row] ?? 0));
    total += weight;
  }
  return differences.reduce((sum, difference) => sum + Math.abs(difference), 0) / total;
}

/** Rows by ascending value, equal ones as they come. Sorted as numbers and looked up again: sorting rows takes many times as long. */
function ascending(values: Float64Array): Uint32Array {
  const sorted = values.toSorted();
  const taken = new Uint32Array(values.length);
  const order = new Uint32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const first = firstAtLeast(sorted, values[row] ?? 0);
    const equal = taken[first] ?? 0;
    order[first + equal] = row;
    taken[first] = equal + 1;
  }
  return order;
}
