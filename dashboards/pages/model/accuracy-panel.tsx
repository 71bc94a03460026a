import type { Finding, Model } from '../../../daemon/api/contract.ts';
import { detailOf, newestFigures, type AccuracyRow } from '../../accuracy-words.ts';
import { api } from '../../api.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { StateBadge } from '../../elements/badge.tsx';
import { DataTable } from '../../elements/data-table.tsx';
import { Loaded } from '../../elements/loaded.tsx';
import { Panel } from '../../elements/panel.tsx';
import { When } from '../../elements/when.tsx';
import { formatCount, formatNumber, formatShare } from '../../format-number.ts';
import { useLive } from '../../live.ts';
import type { ModelView } from '../../model-view.ts';

const EVERY_MS = 30_000;
/** Findings of accuracy that are looked through: a month of windows of a day, with every figure and version. */
const MOST = 2000;

interface AccuracyPanelProps {
  readonly model: Model;
  readonly view: ModelView;
}

/** How good the model is: figures with their intervals on labels that can be trusted, and estimates for the time since. */
export function AccuracyPanel({ model, view }: AccuracyPanelProps) {
  const { version, slice } = view;
  const live = useLive(
    `accuracy ${model.model} ${version} ${slice}`,
    () => api.findings({ model: model.model, version, slice, kind: 'accuracy', limit: MOST }),
    EVERY_MS,
  );
  return (
    <Panel
      title="Accuracy"
      note={`Labels count once they are ${model.label_maturity} old; until then accuracy is estimated from the scores`}
    >
      <Loaded
        live={live}
        empty={({ findings }) => (findings.length === 0 ? 'Nothing was judged on labels yet.' : null)}
      >
        {({ findings }) => (
          <>
            <Curve findings={findings} />
            <Figures rows={newestFigures(findings)} />
          </>
        )}
      </Loaded>
    </Panel>
  );
}

function Figures({ rows }: { readonly rows: readonly AccuracyRow[] }) {
  return (
    <DataTable
      heads={['Figure', 'State', '#Value', '#95 % interval', '#Reference', '#Limit', '#Labels', '#Covered', 'Window']}
      label="Accuracy"
    >
      {rows.map((row) => (
        <FigureRow key={row.detector} row={row} />
      ))}
    </DataTable>
  );
}

function FigureRow({ row: { title, format, finding } }: { readonly row: AccuracyRow }) {
  const [low, high] = finding.interval ?? [null, null];
  const [worst, best] = [detailOf(finding, 'worst_case'), detailOf(finding, 'best_case')];
  return (
    <tr>
      <th scope="row">
        {title}
        {finding.state === 'insufficient' && <span class="note prose">{finding.reason}</span>}
        {worst !== null && best !== null && (
          <span class="note">
            {format(worst)} to {format(best)} whatever the missing labels say
          </span>
        )}
      </th>
      <td title={finding.reason}>
        <StateBadge state={finding.state} />
      </td>
      <td class="number">{format(finding.statistic)}</td>
      <td class="number">{low === null ? formatNumber(null) : `${format(low)} to ${format(high)}`}</td>
      <td class="number">{format(detailOf(finding, 'reference'))}</td>
      <td class="number">{format(finding.limit)}</td>
      <td class="number">{formatCount(labelsOf(finding))}</td>
      <td class="number">{formatShare(detailOf(finding, 'labelled_share'))}</td>
      <td>
        <When ms={Date.parse(finding.window.from)} />
      </td>
    </tr>
  );
}

function labelsOf(finding: Finding): number | null {
  const [positives, negatives] = [detailOf(finding, 'positives'), detailOf(finding, 'negatives')];
  return detailOf(finding, 'labels') ?? (positives === null || negatives === null ? null : positives + negatives);
}

/** What came true beside what had been promised, window by window. */
function Curve({ findings }: { readonly findings: readonly Finding[] }) {
  const by = (detector: string): ReadonlyMap<string, Finding> =>
    new Map(
      findings
        .filter((finding) => finding.detector === detector && finding.statistic !== null)
        .toReversed()
        .map((finding) => [finding.window.from, finding]),
    );
  const [realised, estimated, errors] = [by('roc_auc'), by('estimated_roc_auc'), by('estimate_error')];
  const times = [...new Set([...realised.keys(), ...estimated.keys(), ...errors.keys()])].sort();
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || times.length < 2) return null;
  const values = (of: (time: string) => number | null | undefined) => times.map((time) => of(time) ?? null);
  return (
    <TimeChart
      title="ROC-AUC: what was promised and what came true"
      unit="ROC-AUC"
      format={formatNumber}
      at={times.map((time) => Date.parse(time) / 1000)}
      from={Date.parse(first)}
      to={Date.parse(last)}
      lines={[
        { label: 'came true', values: values((time) => realised.get(time)?.statistic), colour: 'line-1' },
        { label: 'interval, from', values: values((time) => realised.get(time)?.interval?.[0]), colour: 'line-4' },
        { label: 'interval, to', values: values((time) => realised.get(time)?.interval?.[1]), colour: 'line-4' },
        {
          label: 'estimated before labels',
          values: values((time) => {
            const error = errors.get(time);
            return estimated.get(time)?.statistic ?? (error && detailOf(error, 'estimated'));
          }),
          colour: 'line-2',
        },
      ]}
    />
  );
}
