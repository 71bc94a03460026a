import { useMemo } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { Alert, Model, Series } from '../../../daemon/api/contract.ts';
import { api } from '../../api.ts';
import { pagePath } from '../../api-path.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import type { Mark, TimePicture } from '../../charts/time-picture.ts';
import { Loaded } from '../../elements/loaded.tsx';
import { Panel } from '../../elements/panel.tsx';
import { formatCount, formatMs, formatNumber } from '../../format-number.ts';
import { duration } from '../../format-time.ts';
import { useLive } from '../../live.ts';
import { askedVersion } from '../../versions.ts';
import type { ModelView } from '../../model-view.ts';

interface SeriesPanelProps {
  readonly model: Model;
  readonly view: ModelView;
  readonly alerts: readonly Alert[];
}

const POINTS = 240;

/** Score, accuracy, latency and traffic over time, with the alerts beside them. */
export function SeriesPanel({ model, view, alerts }: SeriesPanelProps) {
  const live = useLive(`series ${model.model} ${view.key}`, () =>
    api.series(model.model, { ...view.ask(), points: POINTS }),
  );
  const links = (['score', 'latency', 'decision'] as const).map((kind) => (
    <Link key={kind} href={pagePath(['models', model.model, kind], view.keep())}>
      {kind} distribution
    </Link>
  ));
  return (
    <Panel
      title="Over time"
      note={live.data && `One point for ${duration(live.data.bucket_seconds * 1000)}; drag over a chart to look closer`}
      actions={<span class="links">{links}</span>}
    >
      <Loaded live={live} rows={10}>
        {(series) => <Charts series={series} model={model} view={view} alerts={alerts} />}
      </Loaded>
    </Panel>
  );
}

function Charts({ series, model, view, alerts }: SeriesPanelProps & { readonly series: Series }) {
  const at = useMemo(() => series.at.map((time) => Date.parse(time) / 1000), [series]);
  const pictures = useMemo(() => picturesOf(series), [series]);
  const marks = useMemo(() => marksOf(alerts, view), [alerts.map(({ id, state }) => id + state).join(), view.key]);
  return (
    <div class="chart-grid">
      {pictures.map((picture) => (
        <TimeChart
          key={picture.title}
          {...picture}
          at={at}
          from={view.span.from}
          to={view.span.to}
          marks={marks}
          together={`series ${model.model}`}
          onZoom={(from, to) => view.setRange({ kind: 'custom', from, to })}
        />
      ))}
    </div>
  );
}

function picturesOf(series: Series): Omit<TimePicture, 'at' | 'from' | 'to'>[] {
  return [
    {
      title: 'Score',
      unit: 'score',
      format: formatNumber,
      lines: [
        { label: 'mean', values: series.score_mean, colour: 'line-1' },
        { label: '95th percentile', values: series.score_p95, colour: 'line-2' },
      ],
    },
    {
      title: 'Accuracy, matured labels',
      unit: 'ROC-AUC',
      format: formatNumber,
      lines: [{ label: 'ROC-AUC', values: series.roc_auc, colour: 'line-3' }],
    },
    {
      title: 'Latency',
      unit: 'time to answer',
      format: (value) => formatMs(value),
      fromZero: true,
      lines: [
        { label: 'median', values: series.latency_p50, colour: 'line-1' },
        { label: 'p95', values: series.latency_p95, colour: 'line-2' },
        { label: 'p99', values: series.latency_p99, colour: 'line-4' },
      ],
    },
    {
      title: 'Traffic',
      unit: `predictions in ${duration(series.bucket_seconds * 1000)}`,
      format: formatCount,
      fromZero: true,
      lines: [
        { label: 'predictions', values: series.predictions, colour: 'line-1', drawn: 'area' },
        { label: 'with a matured label', values: series.labelled, colour: 'line-3' },
      ],
    },
  ];
}

function marksOf(alerts: readonly Alert[], view: ModelView): Mark[] {
  return alerts
    .filter(({ fired_at: fired, version, slice }) => {
      return (
        fired !== null &&
        slice === view.slice &&
        (view.version === '' || version === view.version || askedVersion(version) === undefined)
      );
    })
    .map((alert) => ({
      from: Date.parse(alert.since),
      to: alert.resolved_at === null ? null : Date.parse(alert.resolved_at),
      label: alert.reason,
    }));
}
