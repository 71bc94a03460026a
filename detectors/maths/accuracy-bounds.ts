import type { ScoredOutcome } from '../terms.ts';
import { predictionsOf } from './expected-outcomes.ts';

/** The worst and the best that a figure can be, whatever the labels that nobody knows would say. */
export type Bounds = readonly [worst: number, best: number];

/** Ways of dividing the unknown into positives and negatives that are tried; the extremes lie at cuts of the order of scores. */
const CUTS = 64;

/** Precision at a threshold: every unknown flagged prediction a false positive, or a true one. */
export function precisionBounds(outcomes: readonly ScoredOutcome[], threshold: number): Bounds {
  const { hits, flagged, unknownFlagged } = tally(outcomes, threshold);
  return [hits / flagged, (hits + unknownFlagged) / flagged];
}

/** Recall at a threshold: the unknown that passed all positives and the flagged ones none, or the other way round. */
export function recallBounds(outcomes: readonly ScoredOutcome[], threshold: number): Bounds {
  const { hits, positives, unknownFlagged, unknownPassed } = tally(outcomes, threshold);
  return [hits / (positives + unknownPassed), (hits + unknownFlagged) / (positives + unknownFlagged)];
}

/** F1 at a threshold: the unknown flagged ones false positives and those that passed positives, or the other way round. */
export function f1Bounds(outcomes: readonly ScoredOutcome[], threshold: number): Bounds {
  const { hits, positives, flagged, unknownFlagged, unknownPassed } = tally(outcomes, threshold);
  return [
    (2 * hits) / (flagged + positives + unknownPassed),
    (2 * (hits + unknownFlagged)) / (flagged + positives + unknownFlagged),
  ];
}

function tally(outcomes: readonly ScoredOutcome[], threshold: number) {
  let [hits, positives, flagged, unknownFlagged, unknownPassed] = [0, 0, 0, 0, 0];
  for (const outcome of outcomes) {
    positives += outcome.positives;
    if (outcome.score >= threshold) {
      hits += outcome.positives;
      flagged += predictionsOf(outcome);
      unknownFlagged += outcome.unknown ?? 0;
    } else unknownPassed += outcome.unknown ?? 0;
  }
  return { hits, positives, flagged, unknownFlagged, unknownPassed };
}

/**
 * ROC-AUC: for a given number of positives among the unknown, it is best when they are those with the highest scores and worst
 * when the lowest; over 64 such numbers, none and all included.
 */
export function aucBounds(outcomes: readonly ScoredOutcome[]): Bounds {
  const unknown = outcomes.reduce((sum, outcome) => sum + (outcome.unknown ?? 0), 0);
  let [worst, best] = [Infinity, -Infinity];
  for (let cut = 0; cut <= CUTS; cut++) {
    const negatives = (unknown * cut) / CUTS;
    const high = areaWith(outcomes, negatives, 'positive above');
    const low = areaWith(outcomes, negatives, 'negative above');
    if (Number.isFinite(high)) best = Math.max(best, high);
    if (Number.isFinite(low)) worst = Math.min(worst, low);
  }
  return [worst, best];
}

/** The area when the first `below` unknown, from the lowest score up, are of one class and the others of the other. */
function areaWith(
  outcomes: readonly ScoredOutcome[],
  below: number,
  divided: 'positive above' | 'negative above',
): number {
  let [left, area, negativesBelow, positives] = [below, 0, 0, 0];
  for (const outcome of outcomes) {
    const unknown = outcome.unknown ?? 0;
    const lower = Math.min(left, unknown);
    left -= lower;
    const more = divided === 'positive above' ? unknown - lower : lower;
    const positive = outcome.positives + more;
    const negative = outcome.negatives + unknown - more;
    area += positive * (negativesBelow + negative / 2);
    negativesBelow += negative;
    positives += positive;
  }
  return area / (positives * negativesBelow);
}
