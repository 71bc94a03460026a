import { useMemo, useState } from 'preact/hooks';
import type { Decision } from '../../../daemon/api/contract.ts';
import { EvidenceChart } from '../../charts/evidence-chart.tsx';
import { Panel } from '../../elements/panel.tsx';
import { plural } from '../../format-number.ts';
import { formatHarm, guardrailTitle } from '../../guardrail-words.ts';
import { evidenceOf, type Evidence } from './evidence-of.ts';
import { groupChecks } from './group-checks.ts';

/** How the interval of each check narrowed from verdict to verdict. */
export function EvidencePanel({ decisions }: { readonly decisions: readonly Decision[] }) {
  const evidence = useMemo(() => evidenceOf(decisions), [decisions.length, decisions.at(-1)?.as_of]);
  const [open, setOpen] = useState(false);
  if (decisions.length < 2) return null;
  const shown = groupChecks(decisions.at(-1)?.checks ?? []).flatMap((group) => group.shown);
  const isShown = (one: Evidence): boolean => shown.some(({ name, slice }) => name === one.name && slice === one.slice);
  const folded = evidence.filter((one) => !isShown(one));
  return (
    <Panel
      title="Evidence over time"
      note="Band: interval of the harm; line: harm; red dashes: the margin that must not be passed; pp: percentage points"
    >
      <Charts evidence={evidence.filter(isShown)} />
      {folded.length > 0 && (
        <>
          <button type="button" class="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
            {plural(folded.length, 'further slice')}
          </button>
          {open && <Charts evidence={folded} />}
        </>
      )}
    </Panel>
  );
}

function Charts({ evidence }: { readonly evidence: readonly Evidence[] }) {
  return (
    <div class="chart-grid">
      {evidence.map(({ name, slice, looks }) => (
        <EvidenceChart
          key={`${name} ${slice}`}
          looks={looks}
          title={`${guardrailTitle(name)}, ${slice === 'all' ? 'all traffic' : slice}`}
          format={formatHarm(name)}
        />
      ))}
    </div>
  );
}
