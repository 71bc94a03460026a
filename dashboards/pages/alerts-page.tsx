import type { Alert } from '../../daemon/api/contract.ts';
import { api } from '../api.ts';
import { AlertList } from '../elements/alert-list.tsx';
import { Choice } from '../elements/choice.tsx';
import { Loaded } from '../elements/loaded.tsx';
import { Panel } from '../elements/panel.tsx';
import { plural } from '../format-number.ts';
import { useLive } from '../live.ts';
import { usePageQuery } from '../page-query.ts';
import { useTitle } from '../use-title.ts';

const GROUPS = [
  ['firing', 'Firing', 'Nothing fires.'],
  ['pending', 'Pending', 'Nothing is pending.'],
  ['resolved', 'Resolved', 'Nothing was resolved.'],
] as const;

/** Alerts by state, the worst of each first. */
export function AlertsPage() {
  useTitle('Alerts');
  const page = usePageQuery();
  const live = useLive('alerts', () => api.alerts());
  const model = page.get('model');
  const models = [...new Set(live.data?.alerts.map((alert) => alert.model))].sort();
  return (
    <>
      <h1>Alerts</h1>
      <div class="view-bar">
        <Choice
          label="Model"
          value={model}
          options={[{ value: '', label: 'all models' }, ...models.map((name) => ({ value: name, label: name }))]}
          onChange={(value) => page.change({ model: value })}
        />
      </div>
      <Loaded live={live} rows={8}>
        {({ alerts }) => <Groups alerts={alerts.filter((alert) => model === '' || alert.model === model)} />}
      </Loaded>
    </>
  );
}

function Groups({ alerts }: { readonly alerts: readonly Alert[] }) {
  return (
    <>
      {GROUPS.map(([state, title, none]) => {
        const group = alerts.filter((alert) => alert.state === state);
        return (
          <Panel key={state} title={title} note={group.length > 0 && plural(group.length, 'alert')}>
            {group.length === 0 ? <p class="empty">{none}</p> : <AlertList alerts={group} />}
          </Panel>
        );
      })}
    </>
  );
}
