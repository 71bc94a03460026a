import { utcTick } from '../format-time.ts';
import { colour } from '../theme.ts';
import { heatStep, type HeatColumn, type HeatGrid } from './heat-grid.ts';

/** Sizes of the picture in CSS pixels. */
export interface HeatLayout {
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Height of the strip of times above the cells. */
  readonly head: number;
  readonly width: number;
  readonly height: number;
}

const CELL_HEIGHT = 20;
const HEAD = 20;
const WIDEST_CELL = 72;
const TICK_PX = 76;

/** How large the cells are so that the grid fills the width. */
export function heatLayout(grid: HeatGrid, rows: number, width: number): HeatLayout {
  const cellWidth = Math.min(WIDEST_CELL, Math.max(3, Math.floor(width / Math.max(grid.columns.length, 1))));
  return {
    cellWidth,
    cellHeight: CELL_HEIGHT,
    head: HEAD,
    width: cellWidth * grid.columns.length,
    height: HEAD + rows * CELL_HEIGHT,
  };
}

/** Draws the cells: colour by distance from the limit, hatched where there was too little data, empty where none. */
export function paintHeat(canvas: HTMLCanvasElement, grid: HeatGrid, rows: HeatGrid['rows'], layout: HeatLayout): void {
  const ratio = devicePixelRatio;
  canvas.width = Math.max(1, Math.round(layout.width * ratio));
  canvas.height = Math.round(layout.height * ratio);
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(ratio, ratio);
  paintTimes(context, grid.columns, layout);
  const fills = fillsOf(context);
  const gap = layout.cellWidth > 6 ? 1 : 0;
  rows.forEach((row, r) => {
    row.cells.forEach((cell, c) => {
      const x = c * layout.cellWidth;
      const y = layout.head + r * layout.cellHeight;
      const width = layout.cellWidth - gap;
      context.fillStyle = fills(heatStep(cell));
      context.fillRect(x, y, width, layout.cellHeight - 1);
      if (cell.state === 'fail' && width >= 6) paintDot(context, x + width / 2, y + layout.cellHeight / 2 - 0.5);
    });
  });
}

/** A failing cell is marked by more than its colour. */
function paintDot(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.fillStyle = colour('--heat-dot');
  context.beginPath();
  context.arc(x, y, 2, 0, 2 * Math.PI);
  context.fill();
}

function paintTimes(context: CanvasRenderingContext2D, columns: readonly HeatColumn[], layout: HeatLayout): void {
  const first = columns[0];
  const last = columns.at(-1);
  if (!first || !last) return;
  context.font = '11px system-ui, sans-serif';
  context.fillStyle = colour('--muted');
  const every = Math.max(1, Math.ceil(TICK_PX / layout.cellWidth));
  columns.forEach((column, i) => {
    if (i % every !== 0 || (columns.length - i) * layout.cellWidth < 34) return;
    context.fillRect(i * layout.cellWidth, layout.head - 4, 1, 4);
    context.fillText(utcTick(column.from, last.to - first.from), i * layout.cellWidth + 3, layout.head - 6);
  });
}

function fillsOf(context: CanvasRenderingContext2D): (step: string) => string | CanvasPattern {
  const made = new Map<string, string | CanvasPattern>();
  return (step) => {
    let fill = made.get(step);
    if (fill === undefined) {
      fill = step === 'insufficient' ? hatch(context) : colour(`--heat-${step}`);
      made.set(step, fill);
    }
    return fill;
  };
}

function hatch(context: CanvasRenderingContext2D): string | CanvasPattern {
  const tile = document.createElement('canvas');
  tile.width = 6;
  tile.height = 6;
  const pen = tile.getContext('2d');
  if (!pen) return colour('--heat-insufficient');
  pen.strokeStyle = colour('--heat-insufficient');
  pen.lineWidth = 1.2;
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift, 6);
    pen.lineTo(shift + 6, 0);
  }
  pen.stroke();
  return context.createPattern(tile, 'repeat') ?? colour('--heat-insufficient');
}
