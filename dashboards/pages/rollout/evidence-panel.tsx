import { useMemo } from 'preact/hooks';
import type { Decision } from '../../../daemon/api/contract.ts';
import { EvidenceChart } from '../../charts/evidence-chart.tsx';
import { Panel } from '../../elements/panel.tsx';
import { formatHarm, guardrailTitle } from '../../guardrail-words.ts';
import { evidenceOf } from './evidence-of.ts';

/** How the interval of each check narrowed from verdict to verdict. */
export function EvidencePanel({ decisions }: { readonly decisions: readonly Decision[] }) {
  const evidence = useMemo(() => evidenceOf(decisions), [decisions.length, decisions.at(-1)?.as_of]);
  if (decisions.length < 2) return null;
  return (
    <Panel
      title="Evidence over time"
      note="Band: interval of the harm; line: harm; red dashes: the margin that must not be passed; pp: percentage points"
    >
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
    </Panel>
  );
}
