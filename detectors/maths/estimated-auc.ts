import type { ScoredOutcome } from '../terms.ts';
import { calibrate } from './calibrate.ts';
import { expectedOutcomes, predictionsOf } from './expected-outcomes.ts';
import { rocAuc } from './roc-auc.ts';

/** The ROC-AUC that scores promise, and the labels that they lead one to expect. */
export interface EstimatedAuc {
  readonly value: number;
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
  const onReference = rocAuc(expectedOutcomes(reference, probabilityOf, labelledOf)).value - rocAuc(reference).value;
  const expected = expectedOutcomes(window, probabilityOf, countOf);
  const value = Math.min(1, Math.max(0, rocAuc(expected).value - onReference));
  return { value, expected, calibrated };
}

/** Labelled predictions of a group. */
export function labelledOf({ positives, negatives }: ScoredOutcome): number {
  return positives + negatives;
}
