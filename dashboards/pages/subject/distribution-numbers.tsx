import type { Distribution } from '../../../daemon/api/contract.ts';
import { binMean, quantile } from '../../charts/quantile.ts';
import { DataTable } from '../../elements/data-table.tsx';
import { formatCount, formatMs, formatNumber, formatShare, formatSigned } from '../../format-number.ts';
import type { Kind } from '../subject-page.tsx';

type Histogram = Distribution['current'];

interface Row {
  readonly name: string;
  readonly of: (histogram: Histogram) => number | null;
  readonly format: (value: number | null) => string;
  /** Whether the difference of the two says anything; counts depend on the length of the time. */
  readonly change: boolean;
}

interface DistributionNumbersProps {
  readonly distribution: Distribution;
  readonly kind: Kind;
}

/** The same two sides in numbers. */
export function DistributionNumbers({ distribution, kind }: DistributionNumbersProps) {
  const { current, expected } = distribution;
  const numeric = current.bins.length + (expected?.bins.length ?? 0) > 0;
  const rows = [...COUNTS, ...(numeric ? quantiles(kind === 'latency' ? formatMs : formatNumber) : CATEGORIES)];
  return (
    <DataTable
      heads={['Measure', '#Reference', '#Window', '#Change']}
      label="Numbers of the window and of the reference"
    >
      {rows.map(({ name, of, format, change }) => {
        const before = expected && of(expected);
        const after = of(current);
        return (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{format(before)}</td>
            <td class="number">{format(after)}</td>
            <td class="number">
              {change && before !== null && after !== null ? formatSigned(after - before, format) : ''}
            </td>
          </tr>
        );
      })}
    </DataTable>
  );
}

const COUNTS: readonly Row[] = [
  { name: 'Records', of: ({ count }) => count, format: formatCount, change: false },
  { name: 'Missing', of: ({ missing }) => missing, format: formatCount, change: false },
  {
    name: 'Missing share',
    of: ({ count, missing }) => (count === 0 ? null : missing / count),
    format: formatShare,
    change: true,
  },
];

const CATEGORIES: readonly Row[] = [
  { name: 'Categories', of: ({ categories }) => categories.length, format: formatCount, change: true },
];

function quantiles(format: (value: number | null) => string): Row[] {
  const at = (name: string, share: number): Row => ({
    name,
    of: ({ bins }) => quantile(bins, share),
    format,
    change: true,
  });
  return [
    { name: 'Mean', of: ({ bins }) => binMean(bins), format, change: true },
    at('5 % lie below', 0.05),
    at('25 % lie below', 0.25),
    at('Median', 0.5),
    at('75 % lie below', 0.75),
    at('95 % lie below', 0.95),
    at('99 % lie below', 0.99),
  ];
}
