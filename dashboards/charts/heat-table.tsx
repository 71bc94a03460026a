import { formatNumber } from '../format-number.ts';
import { utc } from '../format-time.ts';
import type { HeatCell, HeatGrid, HeatRow } from './heat-grid.ts';

/** The heat map as a table: each cell says its state and its statistic over its limit. */
export function HeatTable({ grid, rows, label }: { grid: HeatGrid; rows: readonly HeatRow[]; label: string }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table class="heat-table">
        <caption class="unseen">{label}</caption>
        <thead>
          <tr>
            <th scope="col">From (UTC)</th>
            {grid.columns.map((column) => (
              <th key={column.from} scope="col" class="number">
                {utc(column.from)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.subject}>
              <th scope="row">{row.subject || 'the model'}</th>
              {row.cells.map((cell, i) => (
                <td key={i} class="number">
                  {cellText(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cellText({ state, finding }: HeatCell): string {
  if (state === 'none' || !finding) return 'not judged';
  if (state === 'insufficient') return 'too little data';
  return `${state} ${formatNumber(finding.statistic)} / ${formatNumber(finding.limit)}`;
}
