import { Count, DataTable } from '../../elements/data-table.tsx';
import type { Check } from '../../../daemon/api/contract.ts';
import { IntervalBar } from '../../charts/interval-bar.tsx';
import { StateBadge } from '../../elements/badge.tsx';
import { formatCount, formatNumber } from '../../format-number.ts';
import { formatHarm, guardrailTitle } from '../../guardrail-words.ts';

const STATES: readonly Check['state'][] = ['harmful', 'undecided', 'insufficient', 'safe'];

/** Each guardrail in each slice: where the harm lies, against what is allowed. */
export function ChecksTable({ checks }: { readonly checks: readonly Check[] }) {
  const sorted = [...checks].sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state));
  return (
    <DataTable
      heads={[
        'Guardrail',
        'State',
        'Harm and its interval, against the margin',
        '#Harm',
        '#Margin',
        '#e-value',
        '#Events',
        '#Still needed',
      ]}
      kind="checks"
    >
      {sorted.map((check) => (
        <CheckRow key={`${check.name} ${check.slice}`} check={check} />
      ))}
    </DataTable>
  );
}

function CheckRow({ check }: { readonly check: Check }) {
  const format = formatHarm(check.name);
  return (
    <tr>
      <th scope="row">
        {guardrailTitle(check.name)}
        <span class="note">{check.slice === 'all' ? 'all traffic' : check.slice}</span>
      </th>
      <td>
        <StateBadge state={check.state} />
      </td>
      <td>
        <IntervalBar check={check} format={format} />
        <span class="note prose">{check.reason}</span>
      </td>
      <td class="number">{format(check.harm)}</td>
      <td class="number">{format(check.margin)}</td>
      <td class="number">{formatNumber(check.e_value)}</td>
      <Count value={check.events} />
      <td class="number">{check.events_needed === 0 ? 'decided' : formatCount(check.events_needed)}</td>
    </tr>
  );
}
