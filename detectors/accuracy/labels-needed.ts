import type { Requirement } from '../define-detector.ts';
import type { Setting } from '../detector.ts';
import { countClasses } from '../maths/roc-auc.ts';
import { atLeast, chance } from '../settings.ts';
import type { Outcomes } from '../terms.ts';

/** Settings of every detector of accuracy. */
export const accuracySettings = {
  minimum_positives: atLeast(50, 'matured positive labels'),
  minimum_negatives: atLeast(50, 'matured negative labels'),
  chance: { ...chance, default: 1e-6 },
} as const satisfies Record<string, Setting>;

/** What matured labels a measure of accuracy needs. */
export function labelsNeeded(
  { outcomes }: Outcomes,
  { minimum_positives, minimum_negatives }: { readonly minimum_positives: number; readonly minimum_negatives: number },
): readonly Requirement[] {
  const { positives, negatives } = countClasses(outcomes);
  return [
    { what: 'matured labels', have: positives + negatives, need: minimum_positives + minimum_negatives },
    { what: 'matured positive labels', have: positives, need: minimum_positives },
    { what: 'matured negative labels', have: negatives, need: minimum_negatives },
  ];
}

/** How many labels of the window a figure rests on. */
export function labelDetails({ outcomes, mature, labelled }: Outcomes): Record<string, number> {
  return { ...countClasses(outcomes), ...(mature > 0 && { labelled_share: labelled / mature }) };
}

/** How far a tolerated fall may go. */
export function toleratedDrop(by: number, of: string): Setting {
  return { default: by, unit: 'share', meaning: `largest fall of ${of} that is tolerated`, range: [0.001, 1] };
}
