import type { AlertDetail, Finding } from '../../../daemon/api/contract.ts';
import { api } from '../../api.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { Loaded } from '../../elements/loaded.tsx';
import { formatNumber } from '../../format-number.ts';
import { millis, rfc3339 } from '../../format-time.ts';
import { useLive } from '../../live.ts';
import { routeOf } from '../../route.ts';
import { askedVersion } from '../../versions.ts';
import { DistributionPicture } from '../subject/distribution-picture.tsx';
import { statisticLines } from '../subject/statistic-lines.ts';

interface AlertPictureProps {
  readonly alert: AlertDetail;
  readonly finding: Finding;
}

const WINDOWS_BEFORE = 48;
const WINDOWS_AFTER = 6;
const MOST_FINDINGS = 1000;

/** The window against its reference where values were judged, and the statistic around the time it broke. */
export function AlertPicture({ alert, finding }: AlertPictureProps) {
  const shown = routeOf(new URL(finding.links.subject).pathname);
  return (
    <div class="split">
      <Statistic alert={alert} finding={finding} />
      {shown.page === 'subject' && shown.kind !== 'latency' && (
        <Values alert={alert} finding={finding} kind={shown.kind} feature={shown.feature} />
      )}
    </div>
  );
}

interface ValuesProps extends AlertPictureProps {
  readonly kind: 'feature' | 'score' | 'decision';
  readonly feature: string;
}

function Values({ alert, finding, kind, feature }: ValuesProps) {
  const { from, to } = finding.window;
  const live = useLive(
    `distribution of ${finding.id} ${from}`,
    () =>
      api.distribution(alert.model, {
        version: askedVersion(alert.version),
        slice: alert.slice,
        kind,
        feature,
        from,
        to,
      }),
    60_000,
  );
  return (
    <div>
      <h3>
        <i class="swatch swatch-current" /> window, <i class="swatch swatch-expected" /> reference
      </h3>
      <Loaded live={live} rows={5}>
        {(distribution) => <DistributionPicture distribution={distribution} unit={feature || kind} />}
      </Loaded>
    </div>
  );
}

function Statistic({ alert, finding }: AlertPictureProps) {
  const length = millis(finding.window.to) - millis(finding.window.from);
  const from = millis(alert.since) - WINDOWS_BEFORE * length;
  const end = millis(finding.window.to);
  const to = Math.max(end, Math.min(end + WINDOWS_AFTER * length, Math.ceil(Date.now() / length) * length));
  const { model, version, slice, detector, feature } = alert;
  const live = useLive(
    `findings around ${alert.id} ${from} ${to}`,
    () =>
      api.findings({
        model,
        version,
        slice,
        detector,
        feature,
        from: rfc3339(from),
        to: rfc3339(to),
        limit: MOST_FINDINGS,
      }),
    15_000,
  );
  return (
    <Loaded live={live} rows={5}>
      {({ findings }) => {
        const line = statisticLines(findings.filter((other) => other.feature === alert.feature))[0];
        if (!line) return <p class="empty">The findings around this time are gone.</p>;
        return (
          <TimeChart
            title={`${detector} over time`}
            unit={detector}
            at={line.at}
            lines={[{ label: 'statistic', values: line.values, colour: 'line-1' }]}
            limit={line.limit}
            marks={[
              {
                from: millis(alert.since),
                to: alert.resolved_at === null ? null : millis(alert.resolved_at),
                label: alert.reason,
              },
            ]}
            from={from}
            to={to}
            format={formatNumber}
            fromZero
          />
        );
      }}
    </Loaded>
  );
}
