import type { Finding, Model } from '../../../daemon/api/contract.ts';
import { api } from '../../api.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { StateBadge } from '../../elements/badge.tsx';
import { Loaded } from '../../elements/loaded.tsx';
import { Panel } from '../../elements/panel.tsx';
import { formatNumber } from '../../format-number.ts';
import { useLive } from '../../live.ts';
import type { ModelView } from '../../model-view.ts';
import type { Kind } from '../subject-page.tsx';
import { ofVersion } from '../../versions.ts';
import { statisticLines, type StatisticLine } from './statistic-lines.ts';

interface StatisticPanelProps {
  readonly model: Model;
  readonly view: ModelView;
  readonly kind: Kind;
  readonly feature: string;
}

const MOST_FINDINGS = 20_000;

/** What each detector said of the subject over time, against its limit. */
export function StatisticPanel({ model, view, kind, feature }: StatisticPanelProps) {
  const detectors = model.detectors.filter(({ subject }) => subject === kind).map(({ detector }) => detector);
  const live = useLive(
    detectors.length === 0 ? null : `statistics ${model.model} ${kind} ${feature} ${view.key}`,
    () => load(model.model, view, feature, detectors),
    15_000,
  );
  if (detectors.length === 0) return null;
  return (
    <Panel title="Statistics over time" note="One point a judged window; the dashed line is the limit">
      <Loaded
        live={live}
        rows={6}
        empty={(found) => (found.length === 0 ? 'No window of this range was judged.' : null)}
      >
        {(found) => <Statistics findings={found} model={model} view={view} />}
      </Loaded>
    </Panel>
  );
}

/** Findings of a feature in one request; the score has no name to ask for, so one request a detector. */
async function load(model: string, view: ModelView, feature: string, detectors: readonly string[]): Promise<Finding[]> {
  const query = { model, ...view.ask(), version: undefined, limit: MOST_FINDINGS };
  if (feature !== '') return (await api.findings({ ...query, feature })).findings;
  const answers = await Promise.all(detectors.map((detector) => api.findings({ ...query, detector })));
  return answers.flatMap(({ findings }) => findings);
}

function Statistics({ findings, model, view }: { findings: readonly Finding[]; model: Model; view: ModelView }) {
  return (
    <div class="chart-grid">
      {statisticLines(ofVersion(findings, view.version)).map((line) => (
        <Statistic key={line.detector} line={line} model={model} view={view} />
      ))}
    </div>
  );
}

function Statistic({ line, model, view }: { line: StatisticLine; model: Model; view: ModelView }) {
  return (
    <div>
      <TimeChart
        title={line.detector}
        unit={line.detector}
        at={line.at}
        lines={[{ label: 'statistic', values: line.values, colour: 'line-1' }]}
        limit={line.limit}
        from={view.span.from}
        to={Math.max(view.span.to, (line.at.at(-1) ?? 0) * 1000)}
        format={formatNumber}
        fromZero
        together={`statistics ${model.model}`}
        onZoom={(from, to) => view.setRange({ kind: 'custom', from, to })}
      />
      <p class="note">
        <StateBadge state={line.newest.state} /> {line.newest.reason}
      </p>
    </div>
  );
}
