import { api } from '../api.ts';
import { pagePath } from '../api-path.ts';
import { Choice } from '../elements/choice.tsx';
import { Crumbs } from '../elements/crumbs.tsx';
import { Loaded } from '../elements/loaded.tsx';
import { Panel } from '../elements/panel.tsx';
import { RangePicker } from '../elements/range-picker.tsx';
import { useLive } from '../live.ts';
import { useModel, useModelView, type ModelView } from '../model-view.ts';
import { usePageQuery } from '../page-query.ts';
import { useTitle } from '../use-title.ts';
import { SpanTable } from './traces/span-table.tsx';

const LIMIT = 100;

/** The slowest, or failed, spans of an operation: the very transactions. */
export function TracesPage({ model: name }: { readonly model: string }) {
  useTitle('Traces', name);
  const model = useModel(name);
  const view = useModelView(model.data);
  const page = usePageQuery();
  const operation = page.get('operation');
  const service = page.get('service') || model.data?.services[0] || '';
  const errors = page.get('errors') === 'true';
  const live = useLive(
    service === '' ? null : `traces ${service} ${operation} ${errors} ${view.key}`,
    () => {
      const { from, to } = view.ask();
      return api.traces({ service, operation, from, to, limit: LIMIT, errors: errors || undefined });
    },
    15_000,
  );
  return (
    <>
      <Crumbs
        path={[
          ['/', 'Models'],
          [pagePath(['models', name], view.keepTime()), name],
        ]}
      />
      <h1>{errors ? 'Failed spans' : 'Slowest spans'}</h1>
      <TraceBar view={view} services={model.data?.services ?? []} service={service} errors={errors} />
      <Panel
        title={operation || 'All operations'}
        note={`${service || 'no service'} · at most ${LIMIT} spans, slowest first`}
      >
        {service === '' ? (
          <p class="empty">No OpenTelemetry service is known to belong to this model.</p>
        ) : (
          <Loaded live={live} empty={({ spans }) => (spans.length === 0 ? 'No such span in this range.' : null)}>
            {({ spans }) => <SpanTable model={name} spans={spans} />}
          </Loaded>
        )}
      </Panel>
    </>
  );
}

function TraceBar(props: { view: ModelView; services: readonly string[]; service: string; errors: boolean }) {
  const { view, services, service, errors } = props;
  return (
    <div class="view-bar">
      <RangePicker range={view.range} span={view.span} onChange={view.setRange} />
      <Choice
        label="Service"
        value={service}
        options={services.map((value) => ({ value, label: value }))}
        onChange={(value) => view.change({ service: value, operation: '' })}
      />
      <label class="choice">
        <input
          type="checkbox"
          checked={errors}
          onChange={(event) => view.change({ errors: event.currentTarget.checked ? 'true' : '' })}
        />
        <span>only errors</span>
      </label>
    </div>
  );
}
