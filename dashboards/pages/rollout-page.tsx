import { Link } from 'wouter-preact';
import type { Decision, Rollout } from '../../daemon/api/contract.ts';
import { api } from '../api.ts';
import { pagePath } from '../api-path.ts';
import { StateBadge } from '../elements/badge.tsx';
import { Crumbs } from '../elements/crumbs.tsx';
import { Empty, Loaded } from '../elements/loaded.tsx';
import { Panel } from '../elements/panel.tsx';
import { When } from '../elements/when.tsx';
import { formatCount, formatShare, plural } from '../format-number.ts';
import { refresh, useLive } from '../live.ts';
import { useTitle } from '../use-title.ts';
import { ChecksTable } from './rollout/checks-table.tsx';
import { EvidencePanel } from './rollout/evidence-panel.tsx';
import { ReplayPanel } from './rollout/replay-panel.tsx';

const EVERY_MS = 10_000;

/** One rollout: the verdict, why, how the evidence grew, and what the replay said. */
export function RolloutPage({ id }: { readonly id: string }) {
  const live = useLive(`rollout ${id}`, () => api.rollout(id));
  const decisions = useLive(`decisions ${id}`, () => api.decisions(id), EVERY_MS);
  useTitle(live.data ? `${live.data.model} ${live.data.candidate}` : 'Rollout');
  return (
    <>
      <Crumbs
        path={[
          ['/', 'Models'],
          ['/rollouts', 'Rollouts'],
        ]}
      />
      <Loaded live={live} rows={10}>
        {(rollout) => (
          <>
            <Head rollout={rollout} />
            <Loaded live={decisions} rows={6}>
              {({ decisions: given }) => <Judged rollout={rollout} decisions={byTime(given)} />}
            </Loaded>
            <ReplayPanel rollout={rollout} />
          </>
        )}
      </Loaded>
    </>
  );
}

function byTime(decisions: readonly Decision[]): Decision[] {
  return [...decisions].sort((a, b) => a.as_of.localeCompare(b.as_of));
}

function Head({ rollout }: { readonly rollout: Rollout }) {
  return (
    <div class="page-head">
      <h1>
        {rollout.candidate} <span class="against">against {rollout.control}</span>
      </h1>
      <p class="lead">
        <StateBadge state={rollout.state} /> <Link href={pagePath(['models', rollout.model])}>{rollout.model}</Link> ·
        opened <When ms={Date.parse(rollout.opened_at)} /> UTC · at most {rollout.maximum_duration} · chance of a false
        rollback {formatShare(rollout.alpha)} over all guardrails · at least {formatCount(rollout.minimum_events)}{' '}
        events
      </p>
    </div>
  );
}

function Judged({ rollout, decisions }: { readonly rollout: Rollout; readonly decisions: readonly Decision[] }) {
  const newest = decisions.at(-1);
  const judge = () =>
    void api.verdict(rollout.id).then(
      () => refresh(`decisions ${rollout.id}`),
      () => refresh(`rollout ${rollout.id}`),
    );
  const button = rollout.state === 'open' && (
    <button type="button" onClick={judge}>
      Judge now
    </button>
  );
  if (!newest) {
    return (
      <Panel title="Verdict" actions={button}>
        <Empty>Nobody has asked for a verdict yet.</Empty>
      </Panel>
    );
  }
  return (
    <>
      <Panel
        title="Verdict"
        note={
          <>
            As of <When ms={Date.parse(newest.as_of)} /> UTC, <When ms={Date.parse(newest.as_of)} as="ago" />;{' '}
            {plural(decisions.length, 'verdict')} given so far; asking again costs no certainty
          </>
        }
        actions={button}
      >
        <div class={`verdict verdict-${newest.verdict}`}>
          <strong>{newest.verdict}</strong>
          <ul>
            {newest.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </div>
        <ChecksTable checks={newest.checks} />
      </Panel>
      <EvidencePanel decisions={decisions} />
    </>
  );
}
