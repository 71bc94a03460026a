import { DataTable } from '../elements/data-table.tsx';
import type { Traces } from '../../daemon/api/contract.ts';
import { api } from '../api.ts';
import { pagePath } from '../api-path.ts';
import { StateBadge } from '../elements/badge.tsx';
import { Choice } from '../elements/choice.tsx';
import { Crumbs } from '../elements/crumbs.tsx';
import { Loaded } from '../elements/loaded.tsx';
import { Panel } from '../elements/panel.tsx';
import { RangePicker } from '../elements/range-picker.tsx';
import { When } from '../elements/when.tsx';
import { formatMs } from '../format-number.ts';
import { useLive } from '../live.ts';
import { useModel, useModelView, type ModelView } from '../model-view.ts';
import { usePageQuery } from '../page-query.ts';
import { useTitle } from '../use-title.ts';

type Span = Traces['spans'][number];

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
            {({ spans }) => <SpanTable spans={spans} />}
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

function SpanTable({ spans }: { readonly spans: readonly Span[] }) {
  const slowest = spans.reduce((most, { duration_ms: ms }) => Math.max(most, ms), 1e-9);
  return (
    <DataTable heads={['Time (UTC)', 'Operation', '#Duration', '-Bar', 'Status', 'Trace, span and attributes']}>
      {spans.map((span) => (
        <SpanRow key={span.trace_id + span.span_id} span={span} slowest={slowest} />
      ))}
    </DataTable>
  );
}

function SpanRow({ span, slowest }: { readonly span: Span; readonly slowest: number }) {
  return (
    <tr>
      <td>
        <When ms={Date.parse(span.timestamp)} />
      </td>
      <th scope="row">{span.operation}</th>
      <td class="number">{formatMs(span.duration_ms)}</td>
      <td class="bar-cell">
        <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
          <rect class="hist-current-solid" width={(span.duration_ms / slowest) * 100} height={8} />
        </svg>
      </td>
      <td>
        <Status of={span.status} />
      </td>
      <td>
        <details>
          <summary class="id">{span.trace_id}</summary>
          <dl class="attributes">
            <dt>span</dt>
            <dd class="id">{span.span_id}</dd>
            {Object.entries(span.attributes).map(([key, value]) => (
              <>
                <dt key={key}>{key}</dt>
                <dd>{value}</dd>
              </>
            ))}
          </dl>
        </details>
      </td>
    </tr>
  );
}

/** `Error`, or `STATUS_CODE_ERROR` where an exporter wrote its own name of it. */
function Status({ of }: { readonly of: string }) {
  const status = of.replace('STATUS_CODE_', '').toLowerCase();
  return status === 'error' ? <StateBadge state="failed">error</StateBadge> : <>{status || 'unset'}</>;
}
