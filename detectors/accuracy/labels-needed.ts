import type { Requirement } from '../define-detector.ts';
import type { Setting } from '../detector.ts';
import type { Bounds } from '../maths/accuracy-bounds.ts';
import { effectiveClasses } from '../maths/class-weights.ts';
import { countClasses } from '../maths/roc-auc.ts';
import { atLeast, chance } from '../settings.ts';
import type { Outcomes, ScoredOutcome } from '../terms.ts';

/** Settings of every detector of accuracy. */
export const accuracySettings = {
  minimum_positives: atLeast(50, 'matured positive labels'),
  minimum_negatives: atLeast(50, 'matured negative labels'),
  chance: { ...chance, default: 1e-6 },
} as const satisfies Record<string, Setting>;

/** What matured labels a measure of accuracy needs; where they are weighted, their effective number counts. */
export function labelsNeeded(
  { outcomes }: Outcomes,
  { minimum_positives, minimum_negatives }: { readonly minimum_positives: number; readonly minimum_negatives: number },
): readonly Requirement[] {
  const { positives, negatives } = effectiveClasses(outcomes);
  const kind = isWeighted(outcomes) ? 'effective matured' : 'matured';
  return [
    { what: `${kind} labels`, have: positives + negatives, need: minimum_positives + minimum_negatives },
    { what: `${kind} positive labels`, have: positives, need: minimum_positives },
    { what: `${kind} negative labels`, have: negatives, need: minimum_negatives },
  ];
}

/** How many labels of the window a figure rests on, and how far they cover it. */
export function labelDetails({ outcomes, mature, labelled }: Outcomes): Record<string, number> {
  const effective = effectiveClasses(outcomes);
  return {
    ...countClasses(outcomes),
    ...(mature > 0 && { labelled_share: labelled / mature }),
    ...(isWeighted(outcomes) && {
      effective_positives: effective.positives,
      effective_negatives: effective.negatives,
    }),
  };
}

/** The bounds of a figure, where labels are missing and no propensity says for what the others stand. */
export function boundDetails(
  { outcomes }: Outcomes,
  boundsOf: (outcomes: readonly ScoredOutcome[]) => Bounds,
): Record<string, number> {
  if (isWeighted(outcomes) || !outcomes.some(({ unknown = 0 }) => unknown > 0)) return {};
  const [worst, best] = boundsOf(outcomes);
  return Number.isFinite(worst) && Number.isFinite(best) ? { worst_case: worst, best_case: best } : {};
}

/** How far a tolerated fall may go. */
export function toleratedDrop(by: number, of: string): Setting {
  return { default: by, unit: 'share', meaning: `largest fall of ${of} that is tolerated`, range: [0.001, 1] };
}

/** Whether the labels speak for all predictions: none is missing, or propensities weigh them for those that are. */
export function speakForAll(outcomes: readonly ScoredOutcome[]): boolean {
  return isWeighted(outcomes) || outcomes.every(({ unknown = 0 }) => unknown === 0);
}

function isWeighted(outcomes: readonly ScoredOutcome[]): boolean {
  return outcomes.some(({ weights }) => weights !== undefined);
}
