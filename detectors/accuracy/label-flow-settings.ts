import type { Requirement, Unmeasurable } from '../define-detector.ts';
import { labelArrival, type ArrivalPoint } from '../maths/label-arrival.ts';
import { sayCount } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import type { LabelFlow, LabelGroups } from '../terms.ts';

/** Settings of every detector of how labels come. */
export const labelFlowSettings = {
  minimum_labels: atLeast(50, 'labels'),
  chance: { ...chance, default: 1e-6 },
} as const;

/** Predictions that wait for a label are enough to ask for one: it is their labels that may be missing. */
export function waitingNeeded({ followed, arrived }: LabelFlow): readonly Requirement[] {
  const have = Math.max(predictionsIn(followed), predictionsIn(arrived));
  return [{ what: 'predictions to wait for labels of', have, need: 50 }];
}

export function labelsIn({ groups }: LabelGroups): number {
  return groups.reduce((sum, { positives, others }) => sum + positives + others, 0);
}

/** The reference's delay curve, or why there is none yet. */
export function referenceCurve(
  { followed }: LabelFlow,
  need: number,
): { readonly curve: readonly ArrivalPoint[]; readonly labels: number } | Unmeasurable {
  const labels = labelsIn(followed);
  if (labels < need) {
    return {
      insufficient: `the reference holds only ${sayCount(labels)} labels, ${sayCount(need - labels)} more are needed`,
    };
  }
  return { curve: labelArrival(followed.groups), labels };
}

function predictionsIn({ groups }: LabelGroups): number {
  return groups.reduce((sum, { predictions }) => sum + predictions, 0);
}
