import type { ScoredErrors } from '../terms.ts';
import type { Mean } from './probability-score.ts';

/** Predictions up to `until` err by `loss` on average. */
export interface LossGroup {
  readonly until: number;
  readonly loss: number;
  readonly variance: number;
}

const GROUPS = 20;

/** Mean absolute error by prediction, learned on labelled predictions in ascending order: twenty groups of equal weight. */
export function lossByScore(errors: readonly ScoredErrors[]): readonly LossGroup[] {
  const labelled = errors.filter(({ count }) => count > 0);
  const total = labelled.reduce((sum, { moments: [weight] }) => sum + weight, 0);
  const groups: LossGroup[] = [];
  let [below, weight, absolute, squared] = [0, 0, 0, 0];
  for (const [at, group] of labelled.entries()) {
    weight += group.moments[0];
    absolute += group.moments[2];
    squared += group.moments[3];
    below += group.moments[0];
    if (below < (total * (groups.length + 1)) / GROUPS && at < labelled.length - 1) continue;
    const loss = absolute / weight;
    groups.push({ until: group.score, loss, variance: Math.max(0, squared / weight - loss ** 2) });
    [weight, absolute, squared] = [0, 0, 0];
  }
  return groups;
}

/** The mean absolute error to expect at a score; NaN without groups. */
export function lossAt(groups: readonly LossGroup[], score: number): number {
  return groupAt(groups, score)?.loss ?? NaN;
}

function groupAt(groups: readonly LossGroup[], score: number): LossGroup | undefined {
  return groups.find(({ until }) => score <= until) ?? groups.at(-1);
}

/**
 * The mean absolute error to expect of these predictions; the error is that of sampling. NaN without either.
 * @param countOf which predictions of a group: all of them by default
 */
export function expectedError(
  groups: readonly LossGroup[],
  errors: readonly ScoredErrors[],
  countOf: (group: ScoredErrors) => number = ({ count, unknown }) => count + unknown,
): Mean & { readonly size: number } {
  let [size, sum, variance] = [0, 0, 0];
  for (const scored of errors) {
    const group = groupAt(groups, scored.score);
    if (group === undefined) continue;
    const count = countOf(scored);
    size += count;
    sum += count * group.loss;
    variance += count * group.variance;
  }
  return { value: sum / size, standardError: Math.sqrt(variance) / size, size };
}
