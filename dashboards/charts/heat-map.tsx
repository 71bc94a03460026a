import { useEffect, useRef, useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { useCell } from '../cell.ts';
import { paint } from '../theme.ts';
import type { Finding } from '../../daemon/api/contract.ts';
import type { HeatGrid, HeatRow } from './heat-grid.ts';
import { heatLayout, paintHeat, type HeatLayout } from './heat-paint.ts';
import { heatWords, moveCell, type CellAt } from './heat-words.ts';
import { useWidth } from './use-width.ts';

interface HeatMapProps {
  readonly grid: HeatGrid;
  /** The rows to draw, out of the grid's. */
  readonly rows: readonly HeatRow[];
  readonly label: string;
  readonly rowName: (row: HeatRow) => string;
  readonly rowPath: (row: HeatRow) => string;
  readonly onOpen: (finding: Finding) => void;
}

/** Subjects by time, one colour a judgement. Arrow keys walk over the cells, Enter opens one. */
export function HeatMap({ grid, rows, label, rowName, rowPath, onOpen }: HeatMapProps) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [at, setAt] = useState<CellAt | null>(null);
  const layout = heatLayout(grid, rows.length, width);
  const colours = useCell(paint);
  useEffect(() => {
    if (canvas.current && width > 0) paintHeat(canvas.current, grid, rows, layout);
  }, [grid, rows, width, colours]);
  const open = (cell: CellAt | null) => {
    const finding = cell && rows[cell.row]?.cells[cell.column]?.finding;
    if (finding) onOpen(finding);
  };
  const newest = { row: 0, column: grid.columns.length - 1 };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') return open(at);
    const next = moveCell(at ?? newest, event.key, rows.length, grid.columns.length);
    if (!next) return;
    event.preventDefault();
    setAt(next);
  };
  return (
    <div class="heat">
      <div class="heat-body">
        <RowNames rows={rows} rowName={rowName} rowPath={rowPath} />
        <div
          ref={ref}
          class="heat-cells"
          role="application"
          aria-roledescription="heat map"
          aria-label={`${label}. Arrow keys move from cell to cell, Enter opens the feature.`}
          tabIndex={0}
          onKeyDown={onKeyDown}
          onFocus={() => setAt((before) => before ?? newest)}
          onMouseMove={(event) => setAt(cellUnder(event, layout, rows.length, grid.columns.length) ?? at)}
          onClick={(event) => open(cellUnder(event, layout, rows.length, grid.columns.length))}
        >
          <canvas ref={canvas} style={{ width: `${layout.width}px`, height: `${layout.height}px` }} />
          {at && <span class="heat-cursor" style={cursorBox(at, layout)} />}
        </div>
      </div>
      <Words grid={grid} rows={rows} rowName={rowName} at={at} />
    </div>
  );
}

function Words({
  grid,
  rows,
  rowName,
  at,
}: Pick<HeatMapProps, 'grid' | 'rows' | 'rowName'> & { readonly at: CellAt | null }) {
  const row = at && rows[at.row];
  const column = at && grid.columns[at.column];
  const cell = row && at && row.cells[at.column];
  return (
    <p class="heat-words" aria-live="polite">
      {row && column && cell ? heatWords(rowName(row), column, cell) : 'Point at a cell, or move with the arrow keys.'}
    </p>
  );
}

function RowNames({ rows, rowName, rowPath }: Pick<HeatMapProps, 'rows' | 'rowName' | 'rowPath'>) {
  return (
    <ul class="heat-names">
      {rows.map((row) => (
        <li key={row.subject}>
          <Link href={rowPath(row)} title={rowName(row)}>
            {rowName(row)}
          </Link>
        </li>
      ))}
    </ul>
  );
}

type PointerAt = Pick<MouseEvent, 'clientX' | 'clientY'> & { readonly currentTarget: HTMLElement };

function cellUnder(event: PointerAt, layout: HeatLayout, rows: number, columns: number): CellAt | null {
  const box = event.currentTarget.getBoundingClientRect();
  const row = Math.floor((event.clientY - box.top - layout.head) / layout.cellHeight);
  const column = Math.floor((event.clientX - box.left) / layout.cellWidth);
  return row < 0 || row >= rows || column < 0 || column >= columns ? null : { row, column };
}

function cursorBox(at: CellAt, layout: HeatLayout): Record<string, string> {
  return {
    left: `${at.column * layout.cellWidth}px`,
    top: `${layout.head + at.row * layout.cellHeight}px`,
    width: `${layout.cellWidth}px`,
    height: `${layout.cellHeight}px`,
  };
}
