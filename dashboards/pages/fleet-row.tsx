import { Count } from '../elements/data-table.tsx';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { Model, Series } from '../../daemon/api/contract.ts';
import { api } from '../api.ts';
import { Spark } from '../charts/spark.tsx';
import { Badge, StateBadge } from '../elements/badge.tsx';
import { FindingCounts } from '../elements/finding-counts.tsx';
import { When } from '../elements/when.tsx';
import { healthOf } from '../fleet-order.ts';
import { formatCount, formatNumber, NO_NUMBER } from '../format-number.ts';
import { rfc3339 } from '../format-time.ts';
import { useLive } from '../live.ts';
import { lastSeen } from '../model-view.ts';

const HOUR_MS = 3_600_000;
const SPARK_EVERY_MS = 30_000;
const SPARK_POINTS = 60;

/** One model of the fleet in a line. */
export function FleetRow({ model, href }: { readonly model: Model; readonly href: string }) {
  const health = healthOf(model);
  const seen = lastSeen(model);
  const { firing, pending } = model.alerts;
  return (
    <tr class={`fleet-row health-${health}`}>
      <th scope="row">
        <Link href={href} class="fleet-name">
          {model.model}
        </Link>
        <span class="note">
          {model.kind} · {model.versions.length === 1 ? 'version' : `${model.versions.length} versions, newest`}{' '}
          {newestVersion(model)}
        </span>
      </th>
      <td>
        <span class="badges">
          {firing > 0 && <Badge tone="bad">{formatCount(firing)} firing</Badge>}
          {pending > 0 && <Badge tone="warn">{formatCount(pending)} pending</Badge>}
          {firing + pending === 0 && <StateBadge state={health}>{words(health)}</StateBadge>}
        </span>
      </td>
      <td>
        <FindingCounts counts={model.findings} />
      </td>
      <Count value={model.predictions} label="in 24 h" />
      <Sparks model={model.model} />
      <td data-label="newest">{seen === null ? NO_NUMBER : <When ms={seen} as="ago" />}</td>
    </tr>
  );
}

function words(health: string): string {
  return { failing: 'failing, no alert', insufficient: 'too little data', quiet: 'no traffic' }[health] ?? health;
}

function newestVersion(model: Model): string {
  const newest = [...model.versions].sort((a, b) => (b.last_seen ?? '').localeCompare(a.last_seen ?? ''))[0];
  return newest?.version ?? NO_NUMBER;
}

/** Two small lines, asked for once the row has been on the screen: a fleet may have hundreds of rows. */
function Sparks({ model }: { readonly model: string }) {
  const cell = useRef<HTMLTableCellElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!cell.current || seen) return undefined;
    const observer = new IntersectionObserver((entries) =>
      setSeen((was) => was || entries.some((e) => e.isIntersecting)),
    );
    observer.observe(cell.current);
    return () => observer.disconnect();
  }, [seen]);
  const series = useLive(seen ? `spark ${model}` : null, () => lastHour(model), SPARK_EVERY_MS).data;
  const score = series?.score_mean.findLast((value) => value !== null);
  const hour = series?.predictions.reduce((sum, value) => sum + value, 0);
  return (
    <>
      <td ref={cell} class="spark-cell">
        {series && (
          <Spark values={series.predictions} tone="traffic" fromZero label={`${formatCount(hour)} in the last hour`} />
        )}
        <span class="note">{series && formatCount(hour)}</span>
      </td>
      <td class="spark-cell">
        {series && <Spark values={series.score_mean} tone="score" label={`mean score, now ${formatNumber(score)}`} />}
        <span class="note">{series && formatNumber(score)}</span>
      </td>
    </>
  );
}

function lastHour(model: string): Promise<Series> {
  const to = Date.now();
  return api.series(model, { from: rfc3339(to - HOUR_MS), to: rfc3339(to), points: SPARK_POINTS });
}
