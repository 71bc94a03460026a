import { DataTable } from '../elements/data-table.tsx';
import { Link } from 'wouter-preact';
import type { Rollout } from '../../daemon/api/contract.ts';
import { api } from '../api.ts';
import { pagePath } from '../api-path.ts';
import { StateBadge } from '../elements/badge.tsx';
import { Loaded } from '../elements/loaded.tsx';
import { Panel } from '../elements/panel.tsx';
import { WhenText } from '../elements/when.tsx';
import { useLive } from '../live.ts';
import { useTitle } from '../use-title.ts';

/** Every rollout, open ones first. */
export function RolloutsPage() {
  useTitle('Rollouts');
  const live = useLive('rollouts', () => api.rollouts());
  return (
    <>
      <h1>Rollouts</h1>
      <Panel title="All rollouts" note="Open ones first, then the newest">
        <Loaded live={live} rows={6} empty={({ rollouts }) => (rollouts.length === 0 ? <None /> : null)}>
          {({ rollouts }) => <Table rollouts={rollouts} />}
        </Loaded>
      </Panel>
    </>
  );
}

function Table({ rollouts }: { readonly rollouts: readonly Rollout[] }) {
  const sorted = [...rollouts].sort((a, b) => rank(b) - rank(a) || b.opened_at.localeCompare(a.opened_at));
  return (
    <DataTable heads={['Model', 'Candidate against control', 'Verdict', 'State', 'Guardrails', 'Opened', 'Decided']}>
      {sorted.map((rollout) => (
        <tr key={rollout.id}>
          <th scope="row">
            <Link href={pagePath(['rollouts', rollout.id])}>{rollout.model}</Link>
          </th>
          <td>
            {rollout.candidate} against {rollout.control}
          </td>
          <td>
            <StateBadge state={rollout.verdict} />
          </td>
          <td>
            <StateBadge state={rollout.state} />
          </td>
          <td class="prose">
            {rollout.guardrails
              .map(({ name, class: ofClass = '' }) => `${name.replaceAll('_', ' ')} ${ofClass}`.trim())
              .join(', ')}
          </td>
          <td>
            <WhenText time={rollout.opened_at} />
          </td>
          <td>
            <WhenText time={rollout.decided_at} none="not yet" />
          </td>
        </tr>
      ))}
    </DataTable>
  );
}

function rank({ state }: Rollout): number {
  return state === 'open' ? 1 : 0;
}

function None() {
  return (
    <p>
      <strong>No rollout yet.</strong> A pipeline opens one with <code>POST /v1/rollouts</code> and asks for its verdict
      with <code>serin verdict</code>; a finished retraining opens one by itself.
    </p>
  );
}
