import { wilsonInterval } from '../detectors/maths/binomial.ts';
import type { ClassComparison, ClassLabelled } from '../detectors/terms.ts';
import type { ClassCounts } from './class-tally.ts';

/** Two-sided 95 % of the normal distribution. */
const Z95 = 1.959963984540054;
/** Changes that are named, the most frequent: of the whole, and of a slice. */
const MOST_CHANGES = 100;
const MOST_CHANGES_OF_A_SLICE = 20;

/**
 * Control and candidate on the same predictions, class by class: shares and means with what is known of their error.
 * @param names of the classes that are compared
 * @param weight predictions that one stands for; counts of flips and their money are those of what all stand for
 */
export function compareClasses(
  counts: ClassCounts,
  names: readonly string[],
  weight: number,
  labelled: ClassLabelled,
): ClassComparison {
  const { slice, replayed, errors, unscored, pairs, changes } = counts;
  const flips = changes.reduce((sum, { count }) => sum + count, 0);
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return {
    slice,
    recorded: replayed,
    replayed,
    failed,
    errors: unscored === 0 ? errors : { ...errors, no_recorded_score: unscored },
    flips: {
      count: Math.round(weight * flips),
      ...shareOf(flips, pairs),
      value: weight * changes.reduce((sum, { value }) => sum + value, 0),
      changes: changes
        .slice(0, slice === 'all' ? MOST_CHANGES : MOST_CHANGES_OF_A_SLICE)
        .map(({ from, to, count, value }) => ({
          from: names[from] ?? '',
          to: names[to] ?? '',
          count: Math.round(weight * count),
          ...shareOf(count, pairs),
          value: weight * value,
        })),
    },
    classes: classShifts(counts, names),
    distance: meanOf(counts.distanceSum, counts.distanceSquares, pairs, 0),
    labelled,
  };
}

/** Of each class that either of the two decides or gives a probability. */
function classShifts({ classes, pairs }: ClassCounts, names: readonly string[]): ClassComparison['classes'] {
  const share = (count: number): number => (pairs === 0 ? 0 : count / pairs);
  return classes.flatMap(({ control, candidate, controlSum, candidateSum, shiftSquares }, at) => {
    if (controlSum === 0 && candidateSum === 0) return [];
    const { mean, interval } = meanOf(candidateSum - controlSum, shiftSquares, pairs, -1);
    return {
      name: names[at] ?? '',
      shares: { control: share(control), candidate: share(candidate) },
      means: { control: share(controlSum), candidate: share(candidateSum) },
      shift: mean,
      interval,
    };
  });
}

function shareOf(
  count: number,
  pairs: number,
): { readonly share: number; readonly interval: readonly [number, number] } {
  return pairs === 0
    ? { share: 0, interval: [0, 1] }
    : { share: count / pairs, interval: wilsonInterval(count, pairs) };
}

/** A mean with its normal 95 % interval; from one pair nothing is known but that it lies between `least` and 1. */
function meanOf(
  sum: number,
  squares: number,
  pairs: number,
  least: number,
): { readonly mean: number; readonly interval: readonly [number, number] } {
  if (pairs < 2) return { mean: pairs === 0 ? 0 : sum, interval: [least, 1] };
  const mean = sum / pairs;
  const variance = Math.max(0, squares / pairs - mean ** 2) * (pairs / (pairs - 1));
  const half = Z95 * Math.sqrt(variance / pairs);
  return { mean, interval: [Math.max(least, mean - half), Math.min(1, mean + half)] };
}
