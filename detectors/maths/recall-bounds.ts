import type { ScoredOutcome } from '../terms.ts';
import type { Bounds } from './accuracy-bounds.ts';

/** Counts at and above a threshold, and of all. */
interface Cut {
  readonly positives: number;
  readonly negatives: number;
  readonly unknown: number;
}

/**
 * The largest recall whose false-positive rate is at most `most`, whatever the unknown turn out to be. At a threshold it is best
 * where those above are positive and those below negative, which makes the rate least, too. It is worst where the next threshold
 * down is out of reach: then those above this one are negative, and those below positive but for as many of the next group as
 * that takes.
 */
export function recallAtRateBounds(outcomes: readonly ScoredOutcome[], most: number): Bounds {
  const all = outcomes.reduce(add, { positives: 0, negatives: 0, unknown: 0 });
  let above: Cut = { positives: 0, negatives: 0, unknown: 0 };
  let [worst, best] = [Infinity, -Infinity];
  for (const group of outcomes.toReversed()) {
    const next = add(above, group);
    worst = Math.min(worst, worstAt(above, next, all, most));
    const below = all.unknown - next.unknown;
    if (next.negatives <= most * (all.negatives + below))
      best = Math.max(best, (next.positives + next.unknown) / (all.positives + next.unknown));
    above = next;
  }
  // Without negatives at all there is no such rate; where none is in reach nothing is caught.
  return [Number.isFinite(worst) ? worst : NaN, Math.max(0, best)];
}

/** The least recall at a threshold, where the next one is out of reach; Infinity where it always is within. */
function worstAt(above: Cut, next: Cut, all: Cut, most: number): number {
  const here = next.unknown - above.unknown;
  const [flagged, negatives] = [next.negatives + next.unknown, all.negatives + next.unknown];
  const isBeyond = (positive: number): boolean => flagged - positive > most * (negatives - positive);
  // The rate falls with each of the next group that is positive.
  let positive = Math.min(here, Math.max(0, Math.ceil((flagged - most * negatives) / (1 - most)) - 1));
  while (positive > 0 && !isBeyond(positive)) positive--;
  if (!isBeyond(positive)) return Infinity;
  return above.positives / (all.positives + positive + all.unknown - next.unknown);
}

function add(one: Cut, { positives, negatives, unknown = 0 }: ScoredOutcome): Cut {
  return {
    positives: one.positives + positives,
    negatives: one.negatives + negatives,
    unknown: one.unknown + unknown,
  };
}
