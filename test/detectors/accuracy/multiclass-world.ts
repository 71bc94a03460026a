import type { ClassOutcomes, ConfusionCell, Confusions, ScoredOutcome } from '../../../detectors/terms.ts';
import { normal, randomFrom, times } from '../samples.ts';

/** One prediction of several classes: its probabilities, and the class that came true where it is known. */
export interface ClassPrediction {
  readonly scores: readonly number[];
  readonly label?: number | undefined;
}

/** Summary of predictions of classes `0`, `1`, ..., each score a group of its own. */
export function confusionsOf(predictions: readonly ClassPrediction[]): Confusions {
  const labelled = predictions.filter(({ label }) => label !== undefined);
  const cells = new Map<string, ConfusionCell>();
  for (const one of labelled) {
    const [predicted, actual] = [String(namedBy(one)), String(one.label)];
    const count = (cells.get(`${predicted} ${actual}`)?.count ?? 0) + 1;
    cells.set(`${predicted} ${actual}`, { predicted, actual, count, weight: count, weightSquares: count });
  }
  return {
    predictions: predictions.length,
    mature: predictions.length,
    labelled: labelled.length,
    cells: [...cells.values()],
    classes: times(predictions[0]?.scores.length ?? 0, (at): ClassOutcomes => ({
      name: String(at),
      outcomes: groupsOf(predictions, at),
      named: groupsOf(
        predictions.filter((one) => namedBy(one) === at),
        at,
      ),
    })),
  };
}

function namedBy({ scores }: ClassPrediction): number {
  return scores.indexOf(Math.max(...scores));
}

function groupsOf(predictions: readonly ClassPrediction[], at: number): ScoredOutcome[] {
  const groups = new Map<number, { positives: number; negatives: number; unknown: number }>();
  for (const { scores, label } of predictions) {
    const group = groups.get(scores[at]!) ?? { positives: 0, negatives: 0, unknown: 0 };
    group[label === undefined ? 'unknown' : label === at ? 'positives' : 'negatives']++;
    groups.set(scores[at]!, group);
  }
  return [...groups]
    .map(([score, { unknown, ...counts }]) => ({ score, ...counts, ...(unknown > 0 && { unknown }) }))
    .sort((one, other) => one.score - other.score);
}

/**
 * Predictions of three classes; the probabilities are right, to 1 part in 50, but for the `broken` share, whose labels are drawn
 * regardless of them.
 * @param spread of the logits: the less, the harder they are to tell apart
 */
export function drawClasses(
  count: number,
  seed: number,
  { spread = 1.5, broken = 0 }: { readonly spread?: number; readonly broken?: number } = {},
): ClassPrediction[] {
  const random = randomFrom(seed);
  return times(count, () => {
    const exponents = [1, 0.3, -0.3].map((middle) => Math.exp(middle + spread * normal(random)));
    const total = exponents.reduce((sum, each) => sum + each, 0);
    const truth = exponents.map((each) => each / total);
    const drawn = random();
    const byTruth = drawn < truth[0]! ? 0 : drawn < truth[0]! + truth[1]! ? 1 : 2;
    const label = random() < broken ? Math.floor(3 * random()) : byTruth;
    return { scores: truth.map((each) => Math.round(50 * each) / 50), label };
  });
}
