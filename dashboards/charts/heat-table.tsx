import { DataTable } from '../elements/data-table.tsx';
import { formatNumber } from '../format-number.ts';
import { utc } from '../format-time.ts';
import type { HeatCell, HeatGrid, HeatRow } from './heat-grid.ts';

interface HeatTableProps {
  readonly grid: HeatGrid;
  readonly rows: readonly HeatRow[];
  readonly label: string;
  readonly rowName: (row: HeatRow) => string;
}

/** The heat map as a table: each cell says its state and its statistic over its limit. */
export function HeatTable({ grid, rows, label, rowName }: HeatTableProps) {
  return (
    <DataTable
      kind="heat-table"
      label={label}
      heads={['From (UTC)', ...grid.columns.map(({ from }) => `#${utc(from)}`)]}
    >
      {rows.map((row) => (
        <tr key={row.subject}>
          <th scope="row">{rowName(row)}</th>
          {row.cells.map((cell, i) => (
            <td key={i} class="number">
              {cellText(cell)}
            </td>
          ))}
        </tr>
      ))}
    </DataTable>
  );
}

function cellText({ state, finding }: HeatCell): string {
  if (state === 'none' || !finding) return 'not judged';
  if (state === 'insufficient') return 'too little data';
  return `${state} ${formatNumber(finding.statistic)} / ${formatNumber(finding.limit)}`;
}
