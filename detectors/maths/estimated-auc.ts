import type { ScoredOutcome } from '../terms.ts';
import { calibrate } from './calibrate.ts';
import { effectiveClasses, weightsOf } from './class-weights.ts';
import { expectedOutcomes, predictionsOf } from './expected-outcomes.ts';
import { aucError, rocAuc } from './roc-auc.ts';

/** The ROC-AUC that scores promise, and the labels that they lead one to expect. */
export interface EstimatedAuc {
  readonly value: number;
  /** Standard error: of these predictions, and of the reference's ROC-AUC that the estimate stands on. */
  readonly standardError: number;
  readonly expected: readonly ScoredOutcome[];
  readonly calibrated: boolean;
}

/**
 * Confidence-based estimate of the ROC-AUC of predictions without labels, less what the same estimate is wrong by on the
 * labelled reference: a calibration that was fitted to few labels promises too much, by as much in both.
 * @param countOf which predictions of a group: all of them by default
 */
export function estimateAuc(
  reference: readonly ScoredOutcome[],
  window: readonly ScoredOutcome[],
  countOf: (outcome: ScoredOutcome) => number = predictionsOf,
): EstimatedAuc {
  const { probabilityOf, calibrated } = calibrate(reference);
  const realised = rocAuc(reference);
  const promised = rocAuc(expectedOutcomes(reference, probabilityOf, labelledOf)).value;
  const expected = expectedOutcomes(window, probabilityOf, countOf);
  const estimated = rocAuc(expected);
  return {
    value: Math.min(1, Math.max(0, estimated.value - (promised - realised.value))),
    standardError: Math.hypot(
      aucError(estimated, effectiveClasses(expected)),
      aucError(realised, effectiveClasses(reference)),
    ),
    expected,
    calibrated,
  };
}

/** Labelled predictions of a group, by how much they count: what weighs what came true must weigh what was promised. */
export function labelledOf(outcome: ScoredOutcome): number {
  const { positives, negatives } = weightsOf(outcome);
  return positives + negatives;
}
