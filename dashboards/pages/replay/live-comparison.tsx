import type { LiveShadow } from '../../../daemon/api/contract.ts';
import { ClassComparisonResult } from './class-result.tsx';
import { ComparisonResult } from './replay-result.tsx';

/** What a live shadow has found, in the form of a replay of all that it has scored. */
export function LiveComparison({ shadow }: { readonly shadow: LiveShadow }) {
  const { comparison, classes, scored, state } = shadow;
  const of = { ...shadow, population: scored, recorded: scored, rows_per_second: null };
  const none =
    state === 'ended'
      ? 'No label was known when it was looked at last: a replay of its time reads those that have come since.'
      : 'No label is known yet: what it would have cost shows when they come.';
  if (comparison !== null) return <ComparisonResult of={of} comparison={comparison} none={none} />;
  const ofClasses = classes?.comparison ?? null;
  if (ofClasses !== null) return <ClassComparisonResult of={of} comparison={ofClasses} none={none} />;
  return <p class="empty">Nothing has been scored yet.</p>;
}
