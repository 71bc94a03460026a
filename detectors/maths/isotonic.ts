import type { ScoredOutcome } from '../terms.ts';
import { weightsOf } from './class-weights.ts';

/** A score and the share of positives that it stands for. */
interface Knot {
  readonly score: number;
  readonly probability: number;
}

/**
 * The share of positives as a function of the score that never falls: isotonic regression of outcomes in ascending score
 * (pool adjacent violators), linear between the scores that were seen and constant beyond, as in scikit-learn.
 */
export function isotonicCalibration(outcomes: readonly ScoredOutcome[]): (score: number) => number {
  const pools: { weight: number; positives: number; from: number; to: number }[] = [];
  for (const outcome of outcomes) {
    const { positives, negatives } = weightsOf(outcome);
    if (positives + negatives === 0) continue;
    pools.push({ weight: positives + negatives, positives, from: outcome.score, to: outcome.score });
    for (let last = pools.at(-1), before = pools.at(-2); last && before; last = pools.at(-1), before = pools.at(-2)) {
      if (before.positives / before.weight < last.positives / last.weight) break;
      pools.splice(-2, 2, {
        weight: before.weight + last.weight,
        positives: before.positives + last.positives,
        from: before.from,
        to: last.to,
      });
    }
  }
  const knots = pools.flatMap(({ weight, positives, from, to }): Knot[] => {
    const probability = positives / weight;
    return from === to ? [{ score: from, probability }] : [from, to].map((score) => ({ score, probability }));
  });
  return (score) => interpolate(knots, score);
}

function interpolate(knots: readonly Knot[], score: number): number {
  let [from, to] = [0, knots.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((knots[middle]?.score ?? Infinity) <= score) from = middle + 1;
    else to = middle;
  }
  const [below, above] = [knots[from - 1], knots[from]];
  if (below === undefined) return above?.probability ?? NaN;
  if (above === undefined) return below.probability;
  const part = (score - below.score) / (above.score - below.score);
  return below.probability + part * (above.probability - below.probability);
}
