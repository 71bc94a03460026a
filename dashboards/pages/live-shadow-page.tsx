import { Link } from 'wouter-preact';
import type { LiveShadow } from '../../daemon/api/contract.ts';
import { api } from '../api.ts';
import { pagePath } from '../api-path.ts';
import { StateBadge } from '../elements/badge.tsx';
import { Crumbs } from '../elements/crumbs.tsx';
import { Loaded } from '../elements/loaded.tsx';
import { Panel } from '../elements/panel.tsx';
import { When, WhenText } from '../elements/when.tsx';
import { formatExact, formatMs } from '../format-number.ts';
import { useLive } from '../live.ts';
import { useTitle } from '../use-title.ts';
import { FlipReasons } from './replay/flip-reasons.tsx';
import { LiveComparison } from './replay/live-comparison.tsx';

/** One live shadow: how far it is, and what the candidate would have decided differently since it began. */
export function LiveShadowPage({ id }: { readonly id: string }) {
  const live = useLive(`shadow ${id}`, () => api.shadow(id), 3000);
  useTitle(live.data ? `Live shadow of ${live.data.candidate}` : 'Live shadow');
  return (
    <>
      <Crumbs
        path={[
          ['/', 'Models'],
          ['/replays', 'Replays'],
        ]}
      />
      <Loaded live={live} rows={8}>
        {(shadow) => (
          <>
            <Head shadow={shadow} />
            <Panel title="Comparison" note={<LookedAt shadow={shadow} />}>
              <LiveComparison shadow={shadow} />
            </Panel>
            {shadow.compared_at !== null && <FlipReasons of={shadow} />}
          </>
        )}
      </Loaded>
    </>
  );
}

function LookedAt({ shadow }: { readonly shadow: LiveShadow }) {
  if (shadow.compared_at === null && shadow.state === 'ended')
    return (
      <>
        It has ended. Labels, latencies, examples and reasons are looked at once more; where they stay away, replay its
        time
      </>
    );
  return (
    <>
      Labels, latencies, examples and reasons as of{' '}
      <WhenText time={shadow.compared_at} none="the first look, which is to come" />
    </>
  );
}

function Head({ shadow }: { readonly shadow: LiveShadow }) {
  return (
    <div class="page-head">
      <h1>
        {shadow.candidate}{' '}
        <span class="against">live in shadow{shadow.control !== null && ` against ${shadow.control}`}</span>
      </h1>
      <p class="lead">
        <StateBadge state={shadow.state} /> <Link href={pagePath(['models', shadow.model])}>{shadow.model}</Link> ·
        since <When ms={Date.parse(shadow.since)} /> UTC · {formatExact(shadow.scored)} scored,{' '}
        {formatExact(shadow.shed)} shed, {formatMs(shadow.lag_seconds * 1000)} behind
        {shadow.rollout !== null && (
          <>
            {' '}
            · <Link href={pagePath(['rollouts', shadow.rollout])}>its rollout</Link>
          </>
        )}
      </p>
      {shadow.reason !== null && <p class="problem">{shadow.reason}</p>}
    </div>
  );
}
