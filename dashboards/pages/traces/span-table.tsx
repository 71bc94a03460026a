import type { Traces } from '../../../daemon/api/contract.ts';
import { StateBadge } from '../../elements/badge.tsx';
import { DataTable } from '../../elements/data-table.tsx';
import { TraceLink } from '../../elements/trace-link.tsx';
import { When } from '../../elements/when.tsx';
import { formatMs } from '../../format-number.ts';

type Span = Traces['spans'][number];

interface SpanTableProps {
  readonly model: string;
  readonly spans: readonly Span[];
  /** All of one trace: what tells them apart is the service. */
  readonly ofOneTrace?: boolean;
}

/** Spans with their durations as bars; each opens to its attributes, and leads to its trace. */
export function SpanTable({ model, spans, ofOneTrace = false }: SpanTableProps) {
  const slowest = spans.reduce((most, { duration_ms: ms }) => Math.max(most, ms), 1e-9);
  return (
    <DataTable
      heads={[
        'Time (UTC)',
        'Operation',
        '#Duration',
        '-Bar',
        'Status',
        ofOneTrace ? 'Service and attributes' : 'Trace, span and attributes',
      ]}
    >
      {spans.map((span) => (
        <SpanRow
          key={span.trace_id + span.span_id}
          model={model}
          span={span}
          slowest={slowest}
          name={ofOneTrace ? span.service : span.trace_id}
        />
      ))}
    </DataTable>
  );
}

interface SpanRowProps {
  readonly model: string;
  readonly span: Span;
  readonly slowest: number;
  /** What the row opens under. */
  readonly name: string;
}

function SpanRow({ model, span, slowest, name }: SpanRowProps) {
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
          <summary class="id">{name}</summary>
          <dl class="attributes">
            <dt>trace</dt>
            <dd>
              <TraceLink model={model} traceId={span.trace_id} />
            </dd>
            <dt>service</dt>
            <dd>{span.service}</dd>
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
