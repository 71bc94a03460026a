import type { Comparison } from '../../../daemon/api/contract.ts';
import { DataTable } from '../../elements/data-table.tsx';
import { formatCount, formatMoney, formatNumber, formatShare, formatSigned } from '../../format-number.ts';

type Accuracy = Comparison['labelled']['control'];

interface LabelledOutcomeProps {
  readonly labelled: Comparison['labelled'];
  readonly unit: string;
  /** What is said where no label is known. */
  readonly none: string;
}

/** What the decisions of both models would have cost, on the predictions whose label is known. */
export function LabelledOutcome({ labelled, unit, none }: LabelledOutcomeProps) {
  const { count, positives, represents, control, candidate, mcnemar_p: p } = labelled;
  if (count === 0) return <p class="note">{none}</p>;
  const rows: [string, (accuracy: Accuracy) => number | null, (value: number | null) => string][] = [
    ['Missed: positive, but approved', ({ missed_value: value }) => value, (value) => formatMoney(value, unit)],
    ['Wrongly declined', ({ wrongly_declined_value: value }) => value, (value) => formatMoney(value, unit)],
    ['Recall', ({ recall }) => recall, formatShare],
    ['False-positive rate', ({ false_positive_rate: rate }) => rate, formatShare],
    ['Precision', ({ precision }) => precision, formatShare],
    ['ROC-AUC', ({ auc }) => auc, formatNumber],
    ['Calibration error', ({ calibration_error: error }) => error, formatNumber],
    ['Brier score', ({ brier }) => brier, formatNumber],
    ['Log loss', ({ log_loss: loss }) => loss, formatNumber],
  ];
  return (
    <>
      <p class="note">
        {formatCount(count)} labelled predictions, {formatCount(positives)} of them positive
        {represents > count && `, a sample: what follows is that of all ${formatCount(represents)}`}. Only the control
        is right on {formatCount(labelled.only_control_right)}, only the candidate on{' '}
        {formatCount(labelled.only_candidate_right)}
        {p !== null && ` (McNemar ${p === 0 ? 'p below 1e-300' : `p ${formatNumber(p)}`})`}.
      </p>
      <DataTable
        heads={['On labelled predictions', '#Control', '#Candidate', '#Change']}
        label="On labelled predictions"
      >
        {rows.map(([name, of, format]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{format(of(control))}</td>
            <td class="number">{format(of(candidate))}</td>
            <td class="number">{change(of(control), of(candidate), format)}</td>
          </tr>
        ))}
      </DataTable>
    </>
  );
}

function change(before: number | null, after: number | null, format: (value: number | null) => string): string {
  return before === null || after === null ? format(null) : formatSigned(after - before, format);
}
