import type { Alert, Model } from '../../daemon/api/contract.ts';
import { api } from '../api.ts';
import { AlertList } from '../elements/alert-list.tsx';
import { StateBadge } from '../elements/badge.tsx';
import { Crumbs } from '../elements/crumbs.tsx';
import { Loaded } from '../elements/loaded.tsx';
import { Panel } from '../elements/panel.tsx';
import { ViewBar } from '../elements/view-bar.tsx';
import { healthOf } from '../fleet-order.ts';
import { formatCount, plural } from '../format-number.ts';
import { useLive } from '../live.ts';
import { lastSeen, useModel, useModelView, type ModelView } from '../model-view.ts';
import { useTitle } from '../use-title.ts';
import { AccuracyPanel } from './model/accuracy-panel.tsx';
import { DetectorsPanel } from './model/detectors-panel.tsx';
import { HeatPanel } from './model/heat-panel.tsx';
import { OperationsPanel } from './model/operations-panel.tsx';
import { SeriesPanel } from './model/series-panel.tsx';
import { VersionsPanel } from './model/versions-panel.tsx';

const OPEN = ['firing', 'pending'] as const;

/** One model: what moved, how good and how fast it is, and by what it is judged. */
export function ModelPage({ model: name }: { readonly model: string }) {
  useTitle(name);
  const live = useModel(name);
  const view = useModelView(live.data);
  const alerts = useLive('alerts', () => api.alerts()).data?.alerts.filter((alert) => alert.model === name) ?? [];
  return (
    <>
      <Crumbs path={[['/', 'Models']]} />
      <div class="page-head">
        <h1>{name}</h1>
        {live.data && <Lead model={live.data} />}
      </div>
      {!live.error && <ViewBar model={live.data} view={view} />}
      <Loaded live={live} rows={10}>
        {(model) => (
          <>
            <Newest model={model} view={view} />
            <OpenAlerts alerts={alerts} />
            <HeatPanel model={model} view={view} />
            <SeriesPanel model={model} view={view} alerts={alerts} />
            <AccuracyPanel model={model} view={view} />
            <OperationsPanel model={model} view={view} />
            <VersionsPanel model={model} view={view} />
            <DetectorsPanel model={model} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Lead({ model }: { readonly model: Model }) {
  const health = healthOf(model);
  return (
    <p class="lead">
      <StateBadge state={health} /> {model.kind} · {formatCount(model.predictions)} predictions in 24 h · judged in
      windows of {model.window}
    </p>
  );
}

/** Says when the newest record lies before the range, so that an empty page explains itself. */
function Newest({ model, view }: { readonly model: Model; readonly view: ModelView }) {
  const newest = lastSeen(model);
  if (newest === null || newest >= view.span.from) return null;
  const length = view.span.to - view.span.from;
  return (
    <p class="behind">
      Nothing arrived in this range; the newest record is older.{' '}
      <button
        type="button"
        class="link"
        onClick={() => view.setRange({ kind: 'custom', from: newest - length, to: newest + 60_000 })}
      >
        Show the time up to it
      </button>
    </p>
  );
}

function OpenAlerts({ alerts }: { readonly alerts: readonly Alert[] }) {
  const open = OPEN.flatMap((state) => alerts.filter((alert) => alert.state === state));
  if (open.length === 0) return null;
  return (
    <Panel title="Open alerts" note={plural(open.length, 'alert')}>
      {OPEN.map((state) => (
        <AlertList key={state} alerts={open.filter((alert) => alert.state === state)} />
      ))}
    </Panel>
  );
}
