import type { ClassComparison } from '../../../daemon/api/contract.ts';
import { DataTable } from '../../elements/data-table.tsx';
import { formatCount, formatNumber, formatShare, formatSigned } from '../../format-number.ts';

type Labelled = ClassComparison['labelled'];

interface ClassLabelledProps {
  readonly labelled: Labelled;
  /** What is said where no label is known. */
  readonly none: string;
}

/** How right both models are, on the predictions whose label is known. */
export function ClassLabelledOutcome({ labelled, none }: ClassLabelledProps) {
  const { count, represents, control, candidate, mcnemar_p: p } = labelled;
  if (count === 0) return <p class="note">{none}</p>;
  const rows: [string, keyof Labelled['control'], (value: number | null) => string, Labelled['accuracy_difference']][] =
    [
      ['Accuracy', 'accuracy', formatShare, labelled.accuracy_difference],
      ['Macro F1', 'macro_f1', formatNumber, null],
      ['Log loss', 'log_loss', formatNumber, labelled.log_loss_difference],
    ];
  return (
    <>
      <p class="note">
        {formatCount(count)} labelled predictions
        {represents > count && `, a sample: what follows is that of all ${formatCount(represents)}`}. Only the control
        is right on {formatCount(labelled.only_control_right)}, only the candidate on{' '}
        {formatCount(labelled.only_candidate_right)}
        {p !== null && ` (McNemar ${p === 0 ? 'p below 1e-300' : `p ${formatNumber(p)}`})`}.
      </p>
      <DataTable
        heads={['On labelled predictions', '#Control', '#Candidate', '#Change', '#95 % interval']}
        label="On labelled predictions"
      >
        {rows.map(([name, of, format, difference]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{format(control[of])}</td>
            <td class="number">{format(candidate[of])}</td>
            <td class="number">{change(control[of], candidate[of], format)}</td>
            <td class="number">
              {difference === null
                ? '–'
                : `${formatSigned(difference.interval[0], format)} to ${formatSigned(difference.interval[1], format)}`}
            </td>
          </tr>
        ))}
      </DataTable>
    </>
  );
}

function change(before: number | null, after: number | null, format: (value: number | null) => string): string {
  return before === null || after === null ? format(null) : formatSigned(after - before, format);
}
