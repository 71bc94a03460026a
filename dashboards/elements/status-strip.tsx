import { useEffect, useRef, useState } from 'preact/hooks';
import type { Status } from '../../daemon/api/contract.ts';
import { api } from '../api.ts';
import { formatBytes, formatCount, formatExact, formatNumber } from '../format-number.ts';
import { duration } from '../format-time.ts';
import { ingestRate, type Rate, type Reading } from '../ingest-rate.ts';
import { useLive, type Live } from '../live.ts';
import { Problem } from './loaded.tsx';

const LATE_SECONDS = 30;

function useStatus(): Live<Status> {
  return useLive('status', api.status);
}

/** Said on every page while the data are made up. */
export function SimulatedBanner() {
  const { data } = useStatus();
  if (!data?.simulated) return null;
  return (
    <p class="simulated" role="note">
      <strong>SIMULATED</strong> The data in this daemon are made up by the demo.
    </p>
  );
}

/** Whether the daemon answers, in the corner of every page. */
export function Pulse() {
  const { data, error } = useStatus();
  const state = error ? 'away' : data && data.ingest.lag_seconds > LATE_SECONDS ? 'late' : 'well';
  const words = { away: 'no answer', late: `${formatNumber(data?.ingest.lag_seconds)} s behind`, well: 'live' }[state];
  return (
    <span class={`pulse pulse-${data || error ? state : 'late'}`} role="status">
      {data || error ? words : 'connecting'}
    </span>
  );
}

/** The daemon itself: engine, what arrives, how far behind the store is, what waits on disk. */
export function StatusStrip() {
  const live = useStatus();
  const rate = useRate(live);
  if (!live.data) return live.error ? <Problem error={live.error} /> : <dl class="strip" aria-busy="true" />;
  const { ingest, stored } = live.data;
  const rejected = Object.values(ingest.rejected).reduce((sum, count) => sum + count, 0);
  return (
    <dl class="strip" aria-label="The daemon">
      <Fact
        name="Predictions"
        value={perSecond(rate?.predictions)}
        note={`${formatCount(stored.predictions)} stored`}
      />
      <Fact name="Spans" value={perSecond(rate?.spans)} note={`${formatCount(stored.spans)} stored`} />
      <Fact name="Labels" value={perSecond(rate?.labels)} note={`${formatCount(stored.labels)} stored`} />
      <Fact
        name="Lag"
        value={`${formatNumber(ingest.lag_seconds)} s`}
        note="acked, not yet queryable"
        bad={ingest.lag_seconds > LATE_SECONDS}
      />
      <Fact name="Spool" value={formatBytes(ingest.spool_bytes)} note="waits on disk" />
      <Fact
        name="Refused"
        value={formatCount(rejected)}
        note={reasons(ingest.rejected) || 'nothing refused'}
        title={reasons(ingest.rejected, 20)}
      />
      <Fact
        name="Engine"
        value={live.data.engine}
        note={`Serin ${live.data.version}, up ${duration(live.data.uptime_seconds * 1000)}`}
      />
    </dl>
  );
}

function Fact(props: { name: string; value: string; note: string; bad?: boolean; title?: string }) {
  return (
    <div title={props.title}>
      <dt>{props.name}</dt>
      <dd class={props.bad ? 'bad' : undefined}>{props.value}</dd>
      <dd class="note">{props.note}</dd>
    </div>
  );
}

function perSecond(rate: number | undefined): string {
  return rate === undefined ? '…' : `${formatNumber(Math.round(rate * 10) / 10)}/s`;
}

function reasons(rejected: Readonly<Record<string, number>>, most = 1): string {
  const worst = Object.entries(rejected).sort((a, b) => b[1] - a[1]);
  return worst
    .filter(([, count]) => count > 0)
    .slice(0, most)
    .map(([reason, count]) => `${reason.replaceAll('_', ' ')}: ${formatExact(count)}`)
    .join(', ');
}

/** The rate over the last two answers. */
function useRate(live: Live<Status>): Rate | null {
  const before = useRef<Reading | null>(null);
  const [rate, setRate] = useState<Rate | null>(null);
  useEffect(() => {
    if (!live.data || live.at === null) return;
    const reading = { at: live.at, ingest: live.data.ingest };
    if (before.current && before.current.at < reading.at) setRate(ingestRate(before.current, reading));
    before.current = reading;
  }, [live.at]);
  return rate;
}
