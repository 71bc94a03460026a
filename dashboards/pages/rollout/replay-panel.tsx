import { Link } from 'wouter-preact';
import type { Replay, Rollout } from '../../../daemon/api/contract.ts';
import { api } from '../../api.ts';
import { pagePath } from '../../api-path.ts';
import { Loaded } from '../../elements/loaded.tsx';
import { Panel } from '../../elements/panel.tsx';
import { utcSpan } from '../../format-time.ts';
import { useLive } from '../../live.ts';
import { LiveComparison } from '../replay/live-comparison.tsx';
import { ReplayResult } from '../replay/replay-result.tsx';

/** The newest replay of the candidate: what it would have decided differently. */
export function ReplayPanel({ rollout }: { readonly rollout: Rollout }) {
  const live = useLive(`replays ${rollout.model}`, () => api.replays(rollout.model), 10_000);
  return (
    <Loaded live={live}>
      {({ replays }) => {
        const replay = newestOf(replays, rollout);
        return (
          <Panel
            title="Shadow replay"
            note={replay && `${utcSpan(Date.parse(replay.from), Date.parse(replay.to))} UTC, ${replay.state}`}
            actions={replay && <Link href={pagePath(['replays', replay.id])}>The whole replay</Link>}
          >
            {replay ? (
              <ReplayResult replay={replay} />
            ) : (
              <p class="empty">This candidate was not replayed on recorded traffic.</p>
            )}
          </Panel>
        );
      }}
    </Loaded>
  );
}

/** What the candidate says of what comes in, where it scores that in shadow. */
export function LivePanel({ rollout }: { readonly rollout: Rollout }) {
  const live = useLive('shadows', () => api.shadows(), 10_000);
  const shadow = live.data?.shadows.find((one) => one.rollout === rollout.id);
  if (shadow === undefined) return null;
  return (
    <Panel
      title="Live shadow"
      note={`What comes in, ${shadow.state}`}
      actions={<Link href={pagePath(['shadows', shadow.id])}>The whole live shadow</Link>}
    >
      <LiveComparison shadow={shadow} />
    </Panel>
  );
}

/** A finished one before any other. */
function newestOf(replays: readonly Replay[], { candidate }: Rollout): Replay | undefined {
  return replays
    .filter((replay) => replay.candidate === candidate)
    .sort((a, b) => rank(b) - rank(a) || b.started_at.localeCompare(a.started_at))[0];
}

function rank({ state }: Replay): number {
  return state === 'done' ? 1 : 0;
}
