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
import { EndByHand } from './rollout/end-by-hand.tsx';
import { EvidencePanel } from './rollout/evidence-panel.tsx';
import { LivePanel, ReplayPanel } from './rollout/replay-panel.tsx';

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
            <EndByHand rollout={rollout} />
            <LivePanel rollout={rollout} />
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
        opened <When ms={Date.parse(rollout.opened_at)} /> UTC · chance of a false rollback {formatShare(rollout.alpha)}{' '}
        over all guardrails and stages
      </p>
      <Stages rollout={rollout} />
      {rollout.rollback && (
        <p class="lead">
          Rollback handed over: <StateBadge state={rollout.rollback.state} /> after{' '}
          {plural(rollout.rollback.attempts, 'attempt')}
          {rollout.rollback.error === null ? '' : `; ${rollout.rollback.error}`}
        </p>
      )}
    </div>
  );
}

/** Where the rollout stands, and what the stage asks for at least and at most. */
function Stages({ rollout }: { readonly rollout: Rollout }) {
  const { stages, stage } = rollout;
  const shortest = rollout.minimum_duration === '0ms' ? '' : `${rollout.minimum_duration} and `;
  return (
    <p class="lead">
      {stages.length > 1 && (
        <>
          Stage {stage.index + 1} of {stage.of}:{' '}
          {stages.map((share, index) => (
            <span key={share}>
              {index > 0 && ' → '}
              {index === stage.index ? <strong>{formatShare(share)}</strong> : formatShare(share)}
            </span>
          ))}{' '}
          of the traffic, since <When ms={Date.parse(stage.opened_at)} /> UTC ·{' '}
        </>
      )}
      at least {shortest}
      {formatCount(rollout.minimum_events)} events, at most {rollout.maximum_duration}
      {stages.length > 1 && ' a stage'}
    </p>
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
          {newest.by_hand && <span class="note"> by hand, {newest.by_hand.by}</span>}
          <ul>
            {newest.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </div>
        <ChecksTable checks={newest.checks} />
      </Panel>
      <EvidencePanel decisions={decisions.filter(({ stage }) => stage === newest.stage)} />
    </>
  );
}
