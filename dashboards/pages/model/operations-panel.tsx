import { Count, DataTable } from '../../elements/data-table.tsx';
import { Link } from 'wouter-preact';
import type { Model, Operations } from '../../../daemon/api/contract.ts';
import { api } from '../../api.ts';
import { pagePath } from '../../api-path.ts';
import { Loaded } from '../../elements/loaded.tsx';
import { Panel } from '../../elements/panel.tsx';
import { formatCount, formatMs, formatShare } from '../../format-number.ts';
import { useLive } from '../../live.ts';
import type { ModelView } from '../../model-view.ts';

interface OperationsPanelProps {
  readonly model: Model;
  readonly view: ModelView;
}

/** One operation of a service, or the service over all of them. */
type Operation = Operations['services'][number] & { readonly operation?: string };

/** How long each operation of the model's services took, with the way to the slowest traces. */
export function OperationsPanel({ model, view }: OperationsPanelProps) {
  const live = useLive(
    `operations ${model.model} ${view.key}`,
    () => {
      const { from, to } = view.ask();
      return api.operations(model.model, { from, to });
    },
    15_000,
  );
  return (
    <Panel title="Operations" note="Spans of the model’s services: each as a whole, then its operations, slowest first">
      <Loaded live={live} empty={({ operations }) => (operations.length === 0 ? none(model) : null)}>
        {(found) => <Table found={found} model={model} view={view} />}
      </Loaded>
    </Panel>
  );
}

function none(model: Model): string {
  return model.services.length === 0
    ? 'No OpenTelemetry service is known to belong to this model: name them under services in its settings.'
    : `No span of ${model.services.join(', ')} in this range.`;
}

function Table({ found, model, view }: OperationsPanelProps & { readonly found: Operations }) {
  const bySlowest = (a: Operation, b: Operation) => (b.p99_ms ?? 0) - (a.p99_ms ?? 0);
  const slowest: Operation[] = [...[...found.services].sort(bySlowest), ...[...found.operations].sort(bySlowest)];
  return (
    <DataTable heads={['Operation', 'Service', '#Spans', '#Errors', '#Median', '#p95', '#p99', 'Traces']}>
      {slowest.map((row) => (
        <Row key={JSON.stringify([row.service, row.operation])} row={row} model={model} view={view} />
      ))}
    </DataTable>
  );
}

function Row({ row, model, view }: OperationsPanelProps & { readonly row: Operation }) {
  const { service, operation } = row;
  const traces = (errors?: boolean) =>
    pagePath(['models', model.model, 'traces'], { service, operation, errors, ...view.keepTime() });
  return (
    <tr>
      <th scope="row">{operation ?? 'all operations'}</th>
      <td>{service}</td>
      <Count value={row.count} />
      <td class={`number${row.errors > 0 ? ' bad' : ''}`}>
        {row.errors === 0 ? 'none' : `${formatCount(row.errors)} (${formatShare(row.errors / row.count)})`}
      </td>
      <td class="number">{formatMs(row.p50_ms)}</td>
      <td class="number">{formatMs(row.p95_ms)}</td>
      <td class="number">{formatMs(row.p99_ms)}</td>
      <td class="links">
        <Link href={traces()}>slowest</Link>
        {row.errors > 0 && <Link href={traces(true)}>errors</Link>}
      </td>
    </tr>
  );
}
