import type { LiveShadow } from '../../../daemon/api/contract.ts';
import { ComparisonResult } from './replay-result.tsx';

/** What a live shadow has found, in the form of a replay of all that it has scored. */
export function LiveComparison({ shadow }: { readonly shadow: LiveShadow }) {
  const { comparison, scored } = shadow;
  if (comparison === null) return <p class="empty">Nothing has been scored yet.</p>;
  return (
    <ComparisonResult
      of={{ ...shadow, population: scored, recorded: scored, rows_per_second: null }}
      comparison={comparison}
    />
  );
}
