import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import { Count, DataTable } from '../../elements/data-table.tsx';
import type { Check } from '../../../daemon/api/contract.ts';
import { IntervalBar } from '../../charts/interval-bar.tsx';
import { StateBadge } from '../../elements/badge.tsx';
import { formatCount, formatNumber, plural } from '../../format-number.ts';
import { formatHarm, guardrailTitle } from '../../guardrail-words.ts';
import { countStates, groupChecks } from './group-checks.ts';

const HEADS = [
  'Guardrail',
  'State',
  'Harm and its interval, against the margin',
  '#Harm',
  '#Margin',
  '#e-value',
  '#Events',
  '#Still needed',
] as const;

/** Each guardrail in each slice: where the harm lies, against what is allowed; slices that can wait are folded. */
export function ChecksTable({ checks }: { readonly checks: readonly Check[] }) {
  const [open, setOpen] = useState<readonly string[]>([]);
  const toggle = (name: string) => setOpen(open.includes(name) ? open.filter((one) => one !== name) : [...open, name]);
  return (
    <DataTable heads={HEADS} kind="checks">
      {groupChecks(checks).map(({ name, class: ofClass, shown, folded }) => {
        const title = guardrailTitle(name, ofClass);
        return (
          <Fragment key={title}>
            {shown.map((check) => (
              <CheckRow key={check.slice} check={check} />
            ))}
            {folded.length > 0 && (
              <tr class="fold">
                <td colSpan={HEADS.length}>
                  <button
                    type="button"
                    class="quiet"
                    aria-expanded={open.includes(title)}
                    onClick={() => toggle(title)}
                  >
                    {title}: {plural(folded.length, 'further slice')}, {countStates(folded)}
                  </button>
                </td>
              </tr>
            )}
            {open.includes(title) && folded.map((check) => <CheckRow key={check.slice} check={check} />)}
          </Fragment>
        );
      })}
    </DataTable>
  );
}

function CheckRow({ check }: { readonly check: Check }) {
  const format = formatHarm(check.name);
  return (
    <tr>
      <th scope="row">
        {guardrailTitle(check.name, check.class)}
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
