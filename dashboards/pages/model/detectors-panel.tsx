import { Facts } from '../../elements/facts.tsx';
import { DataTable } from '../../elements/data-table.tsx';
import type { Model } from '../../../daemon/api/contract.ts';
import { Panel } from '../../elements/panel.tsx';
import { formatNumber, formatShare } from '../../format-number.ts';

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
