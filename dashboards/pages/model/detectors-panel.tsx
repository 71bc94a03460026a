import { Facts } from '../../elements/facts.tsx';
import { DataTable } from '../../elements/data-table.tsx';
import type { Model } from '../../../daemon/api/contract.ts';
import { Panel } from '../../elements/panel.tsx';
import { formatNumber, formatShare } from '../../format-number.ts';
import { millis, utcSpan } from '../../format-time.ts';

/** Where limits come from, in a few words. */
function limitsWords({ limits }: Model): string {
  const windows = `${limits.reference_windows} windows of the reference`;
  return limits.source === 'reference' ? `settings and ${windows}` : `settings and sampling noise; only ${windows}`;
}

/** Only where latencies are held against something else. */
function latencyWords(model: Model): [string, string][] {
  const { latency_reference: kind, reference_kind: other } = model;
  if (kind === 'as_traffic' || kind === other) return [];
  return [['Latency against', referenceWords({ ...model, reference_kind: kind })]];
}

function referenceWords({ reference, reference_kind: moves }: Model): string {
  if (moves === 'previous') return 'the window before';
  if (moves === 'same_hour') return 'the same hour of up to four earlier weeks';
  if (reference === null) return 'none yet';
  const kind = reference.pinned ? 'pinned' : 'taken by itself from the first full windows';
  return `${kind}, ${utcSpan(millis(reference.from), millis(reference.to))} UTC`;
}

/** By what the model is judged: its settings, and each detector with its own. */
export function DetectorsPanel({ model }: { readonly model: Model }) {
  return (
    <Panel title="Detectors and settings" note={`${model.detectors.length} detectors judge each window`}>
      <Facts
        of={[
          ['Kind', model.kind],
          ['Threshold', formatNumber(model.threshold)],
          ['Positive label', model.positive_label],
          ['Window', model.window],
          ['False-alarm budget', `${formatNumber(model.false_alarm_budget)} false pages a week`],
          ['Expected at most', `${formatNumber(model.limits.expected_pages_a_week)} a week, burn rates included`],
          ['Limits from', limitsWords(model)],
          ['Reference', referenceWords(model)],
          ...latencyWords(model),
          ['Labels mature after', model.label_maturity],
          ['Without a label', model.unlabelled === 'negative' ? 'negative once mature' : 'unknown'],
          ['Spans within', `${model.latency_objective} and without error: ${formatShare(model.objective)}`],
          ['Cut by', model.slices.join(', ') || 'nothing'],
          ['Services', model.services.join(', ') || 'none'],
          ['Value in', model.value_unit || 'no unit'],
        ]}
      />
      <details>
        <summary>All detectors</summary>
        <DataTable heads={['Detector', 'What it says', 'Kind', 'Judges', 'Settings']}>
          {model.detectors.map(({ detector, title, kind, subject, settings }) => (
            <tr key={detector}>
              <th scope="row">{detector}</th>
              <td class="prose">{title}</td>
              <td>{kind}</td>
              <td>{subject}</td>
              <td class="prose">
                {Object.entries(settings)
                  .map(([name, value]) => `${name} ${formatNumber(value)}`)
                  .join(', ')}
              </td>
            </tr>
          ))}
        </DataTable>
      </details>
    </Panel>
  );
}
