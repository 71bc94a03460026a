import { DataTable } from '../elements/data-table.tsx';
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { Alert, Model } from '../../daemon/api/contract.ts';
import { api } from '../api.ts';
import { pagePath } from '../api-path.ts';
import { AlertList } from '../elements/alert-list.tsx';
import { Loaded } from '../elements/loaded.tsx';
import { Panel } from '../elements/panel.tsx';
import { StatusStrip } from '../elements/status-strip.tsx';
import { byTrouble, healthOf } from '../fleet-order.ts';
import { plural } from '../format-number.ts';
import { useLive } from '../live.ts';
import { useTitle } from '../use-title.ts';
import { FleetRow } from './fleet-row.tsx';

const EVERY_MS = 10_000;
const MOST_ALERTS = 5;

/** Every model, trouble first. */
export function FleetPage() {
  useTitle('Models');
  const models = useLive('models', api.models, EVERY_MS);
  const alerts = useLive('alerts firing', () => api.alerts('firing'));
  return (
    <>
      <div class="page-head">
        <h1>Models</h1>
        {models.data && <p class="lead">{summary(models.data.models)}</p>}
      </div>
      <StatusStrip />
      {alerts.data && alerts.data.alerts.length > 0 && <FiringNow alerts={alerts.data.alerts} />}
      <Panel title="All models" note="Trouble first; predictions and mean score of the last hour">
        <Loaded live={models} rows={8} empty={({ models: all }) => (all.length === 0 ? <NoModels /> : null)}>
          {({ models: all }) => <FleetTable models={all} />}
        </Loaded>
      </Panel>
    </>
  );
}

function summary(models: readonly Model[]): string {
  const troubled = models.filter((model) => ['firing', 'failing', 'pending'].includes(healthOf(model))).length;
  if (models.length === 0) return 'none yet';
  const count = plural(models.length, 'model');
  return troubled === 0 ? `${count}, none in trouble` : `${troubled} of ${count} in trouble`;
}

function FiringNow({ alerts }: { readonly alerts: readonly Alert[] }) {
  return (
    <Panel title="Firing now" note={plural(alerts.length, 'alert')} actions={<Link href="/alerts">All alerts</Link>}>
      <AlertList alerts={alerts} most={MOST_ALERTS} />
    </Panel>
  );
}

function FleetTable({ models }: { readonly models: readonly Model[] }) {
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const shown = models.filter(({ model }) => model.toLowerCase().includes(wanted)).sort(byTrouble);
  return (
    <>
      {models.length > 8 && (
        <label class="choice">
          <span>Find</span>
          <input type="search" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
        </label>
      )}
      <DataTable
        heads={[
          'Model',
          'Alerts',
          'Newest window',
          '#Predictions, 24 h',
          'Predictions, last hour',
          'Score, last hour',
          'Newest record',
        ]}
        kind="fleet"
      >
        {shown.map((model) => (
          <FleetRow key={model.model} model={model} href={pagePath(['models', model.model])} />
        ))}
      </DataTable>
      {shown.length === 0 && <p class="empty">No model has “{filter}” in its name.</p>}
    </>
  );
}

function NoModels() {
  return (
    <>
      <p>
        <strong>No model yet.</strong> A model appears by itself with its first prediction:
      </p>
      <pre tabIndex={0}>{`curl ${location.origin}/v1/predictions -H 'content-type: application/x-ndjson' \\
  -d '{"prediction_id":"1","model":"fraud","version":"1","timestamp":${Date.now()},"features":{"amount":12.5},"score":0.03}'`}</pre>
    </>
  );
}
