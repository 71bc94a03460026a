import { Count, DataTable } from '../../elements/data-table.tsx';
import type { Comparison } from '../../../daemon/api/contract.ts';
import { formatCount, formatMoney, formatNumber, formatShare, formatSigned } from '../../format-number.ts';
import { FlipBar } from './flips.tsx';

interface SliceComparisonsProps {
  readonly slices: readonly Comparison[];
  readonly unit: string;
  /** Whether how many were replayed is told of a sample, and the rest of what it stands for. */
  readonly isSample: boolean;
}

/** The comparison slice by slice, most flips first: harm in one part of the traffic hides in the whole. */
export function SliceComparisons({ slices, unit, isSample }: SliceComparisonsProps) {
  const sorted = [...slices].sort((a, b) => b.flips.share - a.flips.share);
  return (
    <DataTable
      heads={[
        'Slice',
        isSample ? '#In sample' : '#Replayed',
        '#Flips',
        '#95 % interval',
        '#To decline',
        '-Bars',
        '#To approve',
        '#Score shift',
        '#ROC-AUC',
      ]}
      caption="By slice, most flips first"
    >
      {sorted.map((comparison) => (
        <Row key={comparison.slice} comparison={comparison} unit={unit} />
      ))}
    </DataTable>
  );
}

function Row({ comparison, unit }: { readonly comparison: Comparison; readonly unit: string }) {
  const { slice, replayed, flips, score_shift: shift, labelled } = comparison;
  return (
    <tr>
      <th scope="row">{slice}</th>
      <Count value={replayed} />
      <td class="number">{formatShare(flips.share)}</td>
      <td class="number">
        {formatShare(flips.interval[0])} – {formatShare(flips.interval[1])}
      </td>
      <td class="number">
        {formatCount(flips.to_decline)}
        <span class="note">{formatMoney(flips.value_to_decline, unit)}</span>
      </td>
      <td class="bar-cell">
        <FlipBar decline={flips.to_decline} approve={flips.to_approve} total={flips.to_decline + flips.to_approve} />
      </td>
      <td class="number">
        {formatCount(flips.to_approve)}
        <span class="note">{formatMoney(flips.value_to_approve, unit)}</span>
      </td>
      <td class="number">{formatSigned(shift.mean)}</td>
      <td class="number">
        {labelled.count === 0
          ? 'no labels'
          : `${formatNumber(labelled.control_auc)} → ${formatNumber(labelled.candidate_auc)}`}
      </td>
    </tr>
  );
}
