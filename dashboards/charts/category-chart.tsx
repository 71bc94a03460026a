import { DataTable } from '../elements/data-table.tsx';
import { formatShare, formatSigned } from '../format-number.ts';
import type { CategoryShare } from './category-shares.ts';

interface CategoryChartProps {
  readonly shares: readonly CategoryShare[];
  readonly caption: string;
  /** Leaves the shares themselves to the bars. */
  readonly small?: boolean;
}

const WIDTH = 100;
const HEADS = ['Category', '-Bars', '#Reference', '#Window', '#Change'];
const SMALL_HEADS = ['Category', '-Bars', '#Change'];

/** Categories as pairs of bars, reference above window: a table, so that it reads as one too. */
export function CategoryChart({ shares, caption, small = false }: CategoryChartProps) {
  const most = Math.max(...shares.flatMap(({ current, expected }) => [current ?? 0, expected ?? 0]), 1e-9);
  const width = (share: number | null) => ((share ?? 0) / most) * WIDTH;
  return (
    <DataTable kind="categories" heads={small ? SMALL_HEADS : HEADS} label={caption}>
      {shares.map(({ value, current, expected }) => (
        <tr key={value}>
          <th scope="row">{value === '' ? '(empty text)' : value}</th>
          <td class="pair">
            <svg viewBox={`0 0 ${WIDTH} 14`} preserveAspectRatio="none" aria-hidden="true">
              <rect class="hist-expected" x={0} y={1} height={5} width={width(expected)} />
              <rect class="hist-current-solid" x={0} y={8} height={5} width={width(current)} />
            </svg>
          </td>
          {!small && <td class="number">{formatShare(expected)}</td>}
          {!small && <td class="number">{formatShare(current)}</td>}
          <td class="number">
            {current === null || expected === null ? '–' : formatSigned(current - expected, formatShare)}
          </td>
        </tr>
      ))}
    </DataTable>
  );
}
