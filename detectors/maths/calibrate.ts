import type { ScoredOutcome } from '../terms.ts';
import { isotonicCalibration } from './isotonic.ts';
import { pooledErrors } from './pooled-errors.ts';
import { areProbabilities } from './probability-score.ts';
import { countClasses, rocAuc } from './roc-auc.ts';

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
