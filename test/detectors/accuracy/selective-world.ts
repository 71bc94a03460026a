import type { Outcomes, ScoredOutcome } from '../../../detectors/terms.ts';
import { normal, randomFrom, times } from '../samples.ts';

/** Above this score a prediction is declined, and let through at times only. */
const THRESHOLD = 0.3;

/** One stretch of predictions, as all labels would tell and as the labels that can be seen do. */
export interface SelectiveWorld {
  readonly all: Outcomes;
  readonly seen: Outcomes;
}

/**
 * Predictions of a calibrated model whose declined ones have a label only where they were let through, and then stand for
 * 1 / that chance. The less their scores `spread`, the less they tell.
 */
export function selectiveWorld(
  count: number,
  seed: number,
  { letThrough = 0.1, spread = 1.7 }: { readonly letThrough?: number; readonly spread?: number } = {},
): SelectiveWorld {
  const random = randomFrom(seed);
  const drawn = times(count, () => {
    const chance = 1 / (1 + Math.exp(2.5 - spread * normal(random)));
    const score = Math.round(1000 * chance) / 1000;
    const positive = random() < chance;
    const propensity = score >= THRESHOLD ? letThrough : 1;
    return { score, positive, weight: 1 / propensity, labelled: random() < propensity };
  });
  const grouped = new Map<number, { score: number; weight: number; all: [number, number]; seen: [number, number] }>();
  for (const { score, positive, weight, labelled } of drawn) {
    const group = grouped.get(score) ?? { score, weight, all: [0, 0], seen: [0, 0] };
    const side = positive ? 0 : 1;
    group.all[side]++;
    if (labelled) group.seen[side]++;
    grouped.set(score, group);
  }
  const groups = [...grouped.values()].sort((one, other) => one.score - other.score);
  const stretch = { predictions: count, mature: count, threshold: THRESHOLD };
  return {
    all: {
      ...stretch,
      labelled: count,
      outcomes: groups.map(({ score, all: [positives, negatives] }) => ({ score, positives, negatives })),
    },
    seen: {
      ...stretch,
      labelled: drawn.filter(({ labelled }) => labelled).length,
      outcomes: groups.map(({ score, weight, all, seen: [positives, negatives] }): ScoredOutcome => {
        const unknown = all[0] + all[1] - positives - negatives;
        return {
          score,
          positives,
          negatives,
          ...(unknown > 0 && { unknown }),
          ...(weight > 1 && {
            weights: {
              positives: weight * positives,
              negatives: weight * negatives,
              positiveSquares: weight ** 2 * positives,
              negativeSquares: weight ** 2 * negatives,
            },
          }),
        };
      }),
    },
  };
}
