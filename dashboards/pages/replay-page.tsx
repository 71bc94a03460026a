import { Link } from 'wouter-preact';
import { useState } from 'preact/hooks';
import { api, ApiError } from '../api.ts';
import { pagePath } from '../api-path.ts';
import { StateBadge } from '../elements/badge.tsx';
import { Crumbs } from '../elements/crumbs.tsx';
import { Loaded, Problem } from '../elements/loaded.tsx';
import { Panel } from '../elements/panel.tsx';
import { utcSpan } from '../format-time.ts';
import { refresh, useLive } from '../live.ts';
import { useTitle } from '../use-title.ts';
import type { Replay } from '../../daemon/api/contract.ts';
import { FlipReasons } from './replay/flip-reasons.tsx';
import { ReplayResult } from './replay/replay-result.tsx';

/** One shadow replay: its progress, then what it found. */
export function ReplayPage({ id }: { readonly id: string }) {
  const live = useLive(`replay ${id}`, () => api.replay(id), 3000);
  useTitle(live.data ? `Replay of ${live.data.candidate}` : 'Replay');
  return (
    <>
      <Crumbs
        path={[
          ['/', 'Models'],
          ['/replays', 'Replays'],
        ]}
      />
      <Loaded live={live} rows={8}>
        {(replay) => (
          <>
            <div class="page-head">
              <h1>
                {replay.candidate}{' '}
                <span class="against">replayed{replay.control !== null && ` against ${replay.control}`}</span>
              </h1>
              <p class="lead">
                <StateBadge state={replay.state} />{' '}
                <Link href={pagePath(['models', replay.model])}>{replay.model}</Link> ·{' '}
                {utcSpan(Date.parse(replay.from), Date.parse(replay.to))} UTC
              </p>
            </div>
            <Panel title="Comparison" actions={<Cancel replay={replay} />}>
              <ReplayResult replay={replay} />
            </Panel>
            {(replay.comparison !== null || replay.classes) && <FlipReasons of={replay} />}
          </>
        )}
      </Loaded>
    </>
  );
}

function Cancel({ replay }: { readonly replay: Replay }) {
  const [error, setError] = useState<ApiError>();
  if (replay.state !== 'queued' && replay.state !== 'running') return null;
  const cancel = () =>
    void api.cancelReplay(replay.id).then(
      () => refresh(`replay ${replay.id}`),
      (cause: unknown) => setError(cause instanceof ApiError ? cause : undefined),
    );
  return (
    <>
      <button type="button" onClick={cancel}>
        Cancel the replay
      </button>
      {error && <Problem error={error} />}
    </>
  );
}
