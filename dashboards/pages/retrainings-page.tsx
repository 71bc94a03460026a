import { DataTable } from '../elements/data-table.tsx';
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { Retraining } from '../../daemon/api/contract.ts';
import { api } from '../api.ts';
import { pagePath } from '../api-path.ts';
import { StateBadge } from '../elements/badge.tsx';
import { Loaded } from '../elements/loaded.tsx';
import { Panel } from '../elements/panel.tsx';
import { WhenText } from '../elements/when.tsx';
import { formatBytes, formatExact, formatShare } from '../format-number.ts';
import { utcSpan } from '../format-time.ts';
import { useLive } from '../live.ts';
import { useTitle } from '../use-title.ts';

const FOR_EVER_MS = 600_000;

/** Every retraining, newest first: what asked for it, on what data, and what came out. */
export function RetrainingsPage() {
  useTitle('Retrainings');
  const live = useLive('retrainings', api.retrainings);
  return (
    <>
      <h1>Retrainings</h1>
      <Panel title="All retrainings" note="Newest first">
        <Loaded live={live} rows={6} empty={({ retrainings }) => (retrainings.length === 0 ? <None /> : null)}>
          {({ retrainings }) => <Table retrainings={retrainings} />}
        </Loaded>
      </Panel>
    </>
  );
}

function Table({ retrainings }: { readonly retrainings: readonly Retraining[] }) {
  const newest = [...retrainings].sort((a, b) => b.started_at.localeCompare(a.started_at));
  return (
    <DataTable heads={['Model', 'State', 'Asked for by', 'New version', 'Snapshot', 'Started', 'Finished']}>
      {newest.map((retraining) => (
        <tr key={retraining.id}>
          <th scope="row">
            <Link href={pagePath(['models', retraining.model])}>{retraining.model}</Link>
          </th>
          <td>
            <StateBadge state={retraining.state} />
          </td>
          <td class="prose">
            {retraining.trigger}
            {retraining.error !== null && <span class="bad">{retraining.error}</span>}
          </td>
          <td>{retraining.version ?? '–'}</td>
          <td>{retraining.snapshot === null ? '–' : <SnapshotDetails id={retraining.snapshot} />}</td>
          <td>
            <WhenText time={retraining.started_at} />
          </td>
          <td>
            <WhenText time={retraining.finished_at} none="not yet" />
          </td>
        </tr>
      ))}
    </DataTable>
  );
}

/** The frozen training data, asked for when opened. */
function SnapshotDetails({ id }: { readonly id: string }) {
  const [open, setOpen] = useState(false);
  const live = useLive(open ? `snapshot ${id}` : null, () => api.snapshot(id), FOR_EVER_MS);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="id">{id}</summary>
      {open && (
        <Loaded live={live}>
          {(snapshot) => (
            <dl class="attributes">
              <dt>rows</dt>
              <dd>{formatExact(snapshot.rows)}</dd>
              <dt>labelled</dt>
              <dd>
                {formatExact(snapshot.labelled)} ({formatShare(snapshot.label_coverage)})
              </dd>
              <dt>time</dt>
              <dd>{utcSpan(Date.parse(snapshot.from), Date.parse(snapshot.to))} UTC</dd>
              <dt>file</dt>
              <dd>
                {snapshot.path}, {formatBytes(snapshot.bytes)}
              </dd>
              <dt>SHA-256</dt>
              <dd class="id">{snapshot.sha256}</dd>
            </dl>
          )}
        </Loaded>
      )}
    </details>
  );
}

function None() {
  return (
    <p>
      <strong>No retraining yet.</strong> Name detectors under <code>retraining.detectors</code> in serin.yaml, or start
      one with <code>POST /v1/retrainings</code>.
    </p>
  );
}
