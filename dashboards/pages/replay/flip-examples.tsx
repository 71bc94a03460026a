import type { Replay } from '../../../daemon/api/contract.ts';
import { DataTable } from '../../elements/data-table.tsx';
import { TraceLink } from '../../elements/trace-link.tsx';
import { formatMoney, formatNumber } from '../../format-number.ts';
import { WhenText } from '../../elements/when.tsx';

type Flip = Replay['examples']['to_decline'][number] & { readonly from?: string; readonly to?: string };

interface FlipExamplesProps {
  readonly model: string;
  readonly examples: Replay['examples'];
  /** Those of a candidate that tells classes apart, in place of the others. */
  readonly ofClasses: NonNullable<Replay['classes']>['examples'] | undefined;
  readonly unit: string;
}

/** The flips with most money at stake, to be looked up one by one. */
export function FlipExamples({ model, examples, ofClasses = [], unit }: FlipExamplesProps) {
  const ways: [string, readonly Flip[]][] = [
    ['approve → decline', examples.to_decline],
    ['decline → approve', examples.to_approve],
    ['', ofClasses],
  ];
  return (
    <DataTable
      heads={['Prediction', 'Decision', '#Value', '#Control', '#Candidate', 'Made', 'Tags', 'Trace']}
      label="Dearest flips"
    >
      {ways.flatMap(([way, flips]) =>
        flips.map((flip) => (
          <tr key={flip.prediction_id}>
            <th scope="row">
              <code>{flip.prediction_id}</code>
            </th>
            <td>{flip.from === undefined ? way : `${flip.from} → ${flip.to}`}</td>
            <td class="number">{formatMoney(flip.value, unit)}</td>
            <td class="number">{formatNumber(flip.control_score)}</td>
            <td class="number">{formatNumber(flip.candidate_score)}</td>
            <td>
              <WhenText time={flip.timestamp} as="ago" />
            </td>
            <td>
              {Object.entries(flip.tags)
                .map(([tag, value]) => `${tag}=${value}`)
                .join(', ')}
            </td>
            <td>
              <TraceLink model={model} traceId={flip.trace_id} />
            </td>
          </tr>
        )),
      )}
    </DataTable>
  );
}
