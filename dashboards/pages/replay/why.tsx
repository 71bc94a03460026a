import type { Replay } from '../../../daemon/api/contract.ts';
import { DataTable } from '../../elements/data-table.tsx';
import { formatShare, formatSigned } from '../../format-number.ts';

const MOST = 10;

/** Which features the flips go with. */
export function Why({ attribution }: { readonly attribution: Replay['attribution'] }) {
  if (attribution === null) return <p role="status">Scoring flips again, one feature at a time …</p>;
  const telling = attribution.filter(({ flips }) => flips > 0).slice(0, MOST);
  if (telling.length === 0) return <p class="empty">No single feature undoes a flip.</p>;
  return (
    <DataTable heads={['Feature', '#Flips that go with it', '-Bar', '#Score moves back by']} label="Why">
      {telling.map(({ feature, flips, shift }) => (
        <tr key={feature}>
          <th scope="row">{feature}</th>
          <td class="number">{formatShare(flips)}</td>
          <td class="bar-cell">
            <svg class="flip-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
              <rect class="flip-fill-decline" x={0} y={1} width={flips * 100} height={8} />
            </svg>
          </td>
          <td class="number">{formatSigned(shift)}</td>
        </tr>
      ))}
    </DataTable>
  );
}
