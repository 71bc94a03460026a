import type { ClassOutcomes } from '../terms.ts';
import { effectiveClasses } from './class-weights.ts';
import type { Mean } from './probability-score.ts';
import { aucError, rocAuc } from './roc-auc.ts';

/** Labels of either side without which the ROC-AUC of a class says nothing. */
export const LEAST_OF_A_SIDE = 10;

/**
 * Mean over the classes of the ROC-AUC of one against the rest, of those with ten labels of either side; undefined without any.
 * Errors of the classes add up as if they went together, which is the worst that they can do.
 */
export function macroAuc(classes: readonly ClassOutcomes[]): (Mean & { readonly classes: number }) | undefined {
  const measured = classes.flatMap(({ outcomes }) => {
    const size = effectiveClasses(outcomes);
    if (!(Math.min(size.positives, size.negatives) >= LEAST_OF_A_SIDE)) return [];
    const auc = rocAuc(outcomes);
    return [{ value: auc.value, standardError: aucError(auc, size) }];
  });
  if (measured.length === 0) return undefined;
  const mean = (what: keyof Mean): number => measured.reduce((sum, each) => sum + each[what], 0) / measured.length;
  return { value: mean('value'), standardError: mean('standardError'), classes: measured.length };
}
