import type { ScoredOutcome } from '../terms.ts';
import type { Bounds } from './accuracy-bounds.ts';
import { calibrationBins } from './calibration-error.ts';
import { predictionsOf } from './expected-outcomes.ts';

/** Brier score: the label of each unknown prediction is the one farther from its score, or the nearer one. */
export function brierBounds(outcomes: readonly ScoredOutcome[]): Bounds {
  let [worst, best, count] = [0, 0, 0];
  for (const outcome of outcomes) {
    const { score, positives, negatives, unknown = 0 } = outcome;
    const [ofPositive, ofNegative] = [(1 - score) ** 2, score ** 2];
    const known = positives * ofPositive + negatives * ofNegative;
    worst += known + unknown * Math.max(ofPositive, ofNegative);
    best += known + unknown * Math.min(ofPositive, ofNegative);
    count += predictionsOf(outcome);
  }
  return [worst / count, best / count];
}

/** Expected calibration error: bins hold the same predictions however these are labelled, and each may be as far off as it can, or as near. */
export function calibrationErrorBounds(outcomes: readonly ScoredOutcome[]): Bounds {
  // The unknown as negatives, and as positives: what each bin promises, and the least and the most that can happen in it.
  const lowest = calibrationBins(labelledAs(outcomes, 'negatives'));
  const highest = calibrationBins(labelledAs(outcomes, 'positives'));
  let [worst, best, count] = [0, 0, 0];
  for (const [at, { weight, promised, happened }] of lowest.entries()) {
    const [expected, least, most] = [promised * weight, happened * weight, highest[at]!.happened * weight];
    const nearest = Math.min(most, Math.max(least, Math.round(expected)));
    worst += Math.max(Math.abs(expected - least), Math.abs(expected - most));
    best += Math.abs(expected - nearest);
    count += weight;
  }
  return [worst / count, best / count];
}

function labelledAs(outcomes: readonly ScoredOutcome[], side: 'positives' | 'negatives'): ScoredOutcome[] {
  return outcomes.map(({ score, positives, negatives, unknown = 0 }) => ({
    score,
    positives: positives + (side === 'positives' ? unknown : 0),
    negatives: negatives + (side === 'negatives' ? unknown : 0),
  }));
}

/** What wrong decisions cost, of the money at stake: each unknown prediction costs what it can at most, or nothing. */
export function costBounds(
  outcomes: readonly ScoredOutcome[],
  threshold: number,
  prices: { readonly missed: number; readonly declined: number },
): Bounds {
  let [known, more, atStake] = [0, 0, 0];
  for (const { score, value, unknownValue = 0 } of outcomes) {
    const isDeclined = score >= threshold;
    const wrong = (isDeclined ? value?.negatives : value?.positives) ?? 0;
    const price = isDeclined ? prices.declined : prices.missed;
    known += wrong * price;
    more += unknownValue * price;
    atStake += (value?.positives ?? 0) + (value?.negatives ?? 0) + unknownValue;
  }
  return [(known + more) / atStake, known / atStake];
}
