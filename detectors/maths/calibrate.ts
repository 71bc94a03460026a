import type { ScoredOutcome } from '../terms.ts';
import { calibrationBins, calibrationError } from './calibration-error.ts';
import { weightsOf } from './class-weights.ts';
import { isotonicCalibration } from './isotonic.ts';
import { areProbabilities } from './probability-score.ts';
import { countClasses, rocAuc } from './roc-auc.ts';

const FOLDS = 10;
/** Scores that part the classes this well need no calibration, and would be torn apart by one. */
const PERFECT = 0.999;

/** What a score of this model stands for. */
export interface Calibration {
  readonly probabilityOf: (score: number) => number;
  /** False where the scores were good enough as they are. */
  readonly calibrated: boolean;
}

/**
 * Isotonic calibration on a labelled reference, taken only if it lowers the expected calibration error of predictions that it
 * was not fitted on: ten folds, pooled, ten bins of equal count (as NannyML's CBPE). Scores outside 0..1 are always calibrated.
 * The folds are drawn by position, so that the same reference gives the same calibration.
 */
export function calibrate(reference: readonly ScoredOutcome[]): Calibration {
  const known = learned.get(reference) ?? learn(reference);
  learned.set(reference, known);
  return known;
}

/** A calibration costs eleven fits, and every window and detector asks for that of the same reference. */
const learned = new WeakMap<readonly ScoredOutcome[], Calibration>();

function learn(reference: readonly ScoredOutcome[]): Calibration {
  const { positives, negatives } = countClasses(reference);
  if (areProbabilities(reference)) {
    if (positives === 0 || negatives === 0 || rocAuc(reference).value > PERFECT) return asTheyAre;
    const [before, after] = pooledErrors(reference);
    if (!(after < before)) return asTheyAre;
  }
  return { probabilityOf: isotonicCalibration(reference), calibrated: true };
}

const asTheyAre: Calibration = { probabilityOf: (score) => score, calibrated: false };

/** Calibration error on what was left out of each fold, without and with calibration. */
function pooledErrors(reference: readonly ScoredOutcome[]): readonly [before: number, after: number] {
  const raw: ScoredOutcome[] = [];
  const mended: ScoredOutcome[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const left = partOf(reference, (place) => place % FOLDS === fold);
    const probabilityOf = isotonicCalibration(partOf(reference, (place) => place % FOLDS !== fold));
    raw.push(...left);
    mended.push(...left.map((outcome) => ({ ...outcome, score: probabilityOf(outcome.score) })));
  }
  return [errorOf(raw), errorOf(mended)];
}

function errorOf(outcomes: readonly ScoredOutcome[]): number {
  return calibrationError(calibrationBins(outcomes.toSorted((one, other) => one.score - other.score)));
}

/** The positives, and the negatives, whose place in the order of scores is wanted; weights shrink with their counts. */
function partOf(outcomes: readonly ScoredOutcome[], wanted: (place: number) => boolean): ScoredOutcome[] {
  let [positivesBefore, negativesBefore] = [0, 0];
  return outcomes.map((outcome) => {
    const positives = placesIn(positivesBefore, outcome.positives, wanted);
    const negatives = placesIn(negativesBefore, outcome.negatives, wanted);
    positivesBefore += outcome.positives;
    negativesBefore += outcome.negatives;
    const { score } = outcome;
    if (outcome.weights === undefined) return { score, positives, negatives };
    const weights = weightsOf(outcome);
    const ofPositives = outcome.positives > 0 ? positives / outcome.positives : 0;
    const ofNegatives = outcome.negatives > 0 ? negatives / outcome.negatives : 0;
    return {
      score,
      positives,
      negatives,
      weights: {
        positives: weights.positives * ofPositives,
        negatives: weights.negatives * ofNegatives,
        positiveSquares: weights.positiveSquares * ofPositives,
        negativeSquares: weights.negativeSquares * ofNegatives,
      },
    };
  });
}

/** How many of `count` places from `first` on are wanted; whole rounds of folds at once. */
function placesIn(first: number, count: number, wanted: (place: number) => boolean): number {
  const rounds = Math.floor(count / FOLDS);
  let perRound = 0;
  for (let place = 0; place < FOLDS; place++) if (wanted(place)) perRound++;
  let rest = 0;
  for (let place = first + rounds * FOLDS; place < first + count; place++) if (wanted(place)) rest++;
  return rounds * perRound + rest;
}
