import type { LiveShadow } from '../../../daemon/api/contract.ts';
import { StateBadge } from '../../elements/badge.tsx';
import { Count, DataTable } from '../../elements/data-table.tsx';
import { formatMs, formatShare } from '../../format-number.ts';
import { pagePath } from '../../api-path.ts';
import { Link } from 'wouter-preact';

/** Candidates that score what comes in: how far they are, and what they would decide differently. */
export function LiveShadows({ shadows }: { readonly shadows: readonly LiveShadow[] }) {
  return (
    <DataTable
      heads={['Model', 'Candidate', 'State', '#Scored', '#Shed', '#Behind', '#Flips', 'Asked for by']}
      label="Live shadows"
    >
      {shadows.map((shadow) => (
        <tr key={shadow.id}>
          <th scope="row">
            <Link href={pagePath(['models', shadow.model])}>{shadow.model}</Link>
          </th>
          <td>
            <Link href={pagePath(['shadows', shadow.id])}>{shadow.candidate}</Link>{' '}
            {shadow.control !== null && `against ${shadow.control}`}
          </td>
          <td title={shadow.reason ?? undefined}>
            <StateBadge state={shadow.state} /> {shadow.state === 'failed' && <span class="note">{shadow.reason}</span>}
          </td>
          <Count value={shadow.scored} />
          <Count value={shadow.shed} />
          <td class="number">{formatMs(shadow.lag_seconds * 1000)}</td>
          <td class="number">{formatShare((shadow.comparison ?? shadow.classes?.comparison)?.flips.share)}</td>
          <td>
            {shadow.rollout === null ? 'settings' : <Link href={pagePath(['rollouts', shadow.rollout])}>rollout</Link>}
          </td>
        </tr>
      ))}
    </DataTable>
  );
}
