import type { Replay } from '../../../daemon/api/contract.ts';
import { DataTable } from '../../elements/data-table.tsx';
import { formatExact, formatShare, formatSigned } from '../../format-number.ts';

const MOST = 10;

/** Backends agree on far smaller differences. */
const SAME_SCORE = 1e-4;

/** Which features the flips and the score shift go with. */
export function Why({ of: { attribution, explained } }: { readonly of: Pick<Replay, 'attribution' | 'explained'> }) {
  if (attribution === null) return <p role="status">Scoring flips again, one feature at a time …</p>;
  const telling = attribution.filter(({ flips, shift }) => flips > 0 || Math.abs(shift) > SAME_SCORE).slice(0, MOST);
  const lookedAt =
    explained && `${formatExact(explained.flips)} flips and ${formatExact(explained.predictions)} random predictions`;
  if (telling.length === 0)
    return (
      <p class="empty">
        {lookedAt === null
          ? 'Nothing was looked at.'
          : `Of ${lookedAt}, no single feature undoes a flip or moves the score back.`}
      </p>
    );
  return (
    <DataTable
      heads={['Feature', '#Flips that go with it', '-Bar', '#Score moves back by']}
      caption={lookedAt === null ? 'Why' : `Of ${lookedAt}`}
    >
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
