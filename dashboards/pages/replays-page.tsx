import { DataTable } from '../elements/data-table.tsx';
import { Link } from 'wouter-preact';
import type { Replay } from '../../daemon/api/contract.ts';
import { api } from '../api.ts';
import { pagePath } from '../api-path.ts';
import { StateBadge } from '../elements/badge.tsx';
import { Loaded } from '../elements/loaded.tsx';
import { Panel } from '../elements/panel.tsx';
import { WhenText } from '../elements/when.tsx';
import { formatCount, formatExact, formatShare } from '../format-number.ts';
import { utcSpan } from '../format-time.ts';
import { useLive } from '../live.ts';
import { useTitle } from '../use-title.ts';
import { LiveShadows } from './replay/live-shadows.tsx';

/** Every shadow replay, newest first. */
export function ReplaysPage() {
  useTitle('Replays');
  const live = useLive('replays', () => api.replays());
  const shadows = useLive('shadows', () => api.shadows(), 3000);
  return (
    <>
      <h1>Replays</h1>
      <Panel title="All replays" note="Recorded traffic through a candidate, newest first">
        <Loaded live={live} rows={6} empty={({ replays }) => (replays.length === 0 ? <None /> : null)}>
          {({ replays }) => <Table replays={replays} />}
        </Loaded>
      </Panel>
      <Panel title="Live shadows" note="Candidates that score what comes in, and answer nobody">
        <Loaded
          live={shadows}
          empty={({ shadows: all }) =>
            all.length === 0 ? 'None: open a rollout for a registered candidate, or set "shadow" of a model.' : null
          }
        >
          {({ shadows: all }) => <LiveShadows shadows={all} />}
        </Loaded>
      </Panel>
    </>
  );
}

function Table({ replays }: { readonly replays: readonly Replay[] }) {
  return (
    <DataTable heads={['Model', 'Candidate', 'Traffic replayed (UTC)', 'State', '#Replayed', '#Flips', 'Started']}>
      {[...replays]
        .sort((a, b) => b.started_at.localeCompare(a.started_at))
        .map((replay) => (
          <tr key={replay.id}>
            <th scope="row">
              <Link href={pagePath(['replays', replay.id])}>{replay.model}</Link>
            </th>
            <td>
              {replay.candidate} {replay.control !== null && `against ${replay.control}`}
            </td>
            <td>{utcSpan(Date.parse(replay.from), Date.parse(replay.to))}</td>
            <td>
              <StateBadge state={replay.state} />
            </td>
            <td class="number" title={`${formatExact(replay.replayed)} of ${formatExact(replay.recorded)}`}>
              {formatCount(replay.replayed)}
            </td>
            <td class="number">{formatShare((replay.comparison ?? replay.classes?.comparison)?.flips.share)}</td>
            <td>
              <WhenText time={replay.started_at} as="ago" />
            </td>
          </tr>
        ))}
    </DataTable>
  );
}

function None() {
  return (
    <p>
      <strong>No replay yet.</strong> Register a candidate and start one with <code>serin replay</code> or{' '}
      <code>POST /v1/replays</code>.
    </p>
  );
}
