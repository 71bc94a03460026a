import { api } from '../api.ts';
import { pagePath } from '../api-path.ts';
import { Crumbs } from '../elements/crumbs.tsx';
import { Loaded } from '../elements/loaded.tsx';
import { Panel } from '../elements/panel.tsx';
import { useLive } from '../live.ts';
import { useTitle } from '../use-title.ts';
import { SpanTable } from './traces/span-table.tsx';

interface TracePageProps {
  readonly model: string;
  readonly traceId: string;
}

/** One transaction: the spans of a trace as they began. */
export function TracePage({ model, traceId }: TracePageProps) {
  useTitle('Trace', model);
  // Spans of services that answered late may still come.
  const live = useLive(`trace ${traceId}`, () => api.trace(traceId), 15_000);
  return (
    <>
      <Crumbs
        path={[
          ['/', 'Models'],
          [pagePath(['models', model]), model],
        ]}
      />
      <h1>Trace</h1>
      <Panel title={traceId} note="spans as they began, oldest first">
        <Loaded
          live={live}
          empty={({ spans }) =>
            spans.length === 0
              ? 'No span of this trace is stored: it was not sent, or is older than spans are kept.'
              : null
          }
        >
          {({ spans }) => <SpanTable model={model} spans={spans} ofOneTrace />}
        </Loaded>
      </Panel>
    </>
  );
}
