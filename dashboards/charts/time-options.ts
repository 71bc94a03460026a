import uPlot from 'uplot';
import { utcTick } from '../format-time.ts';
import { colour } from '../theme.ts';
import type { Line, TimePicture } from './time-picture.ts';

export type { TimePicture };

const FONT = '11px system-ui, sans-serif';
const SHORTEST_ZOOM_PX = 6;

/**
 * Settings of a chart over time. The picture is asked for at each drawing, so that new data and new colours need no
 * new chart.
 */
export function timeOptions(
  picture: () => TimePicture,
  onCursor: (index: number | null) => void,
): Omit<uPlot.Options, 'width' | 'height'> {
  const { lines, together } = picture();
  return {
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    legend: { show: false },
    padding: [10, 8, 0, 0],
    scales: { x: { range: () => [picture().from / 1000, picture().to / 1000] }, y: { range: yRange(picture) } },
    axes: [timeAxis(picture), valueAxis(picture)],
    series: [{}, ...lines.map(seriesOf)],
    cursor: {
      y: false,
      points: { size: 7 },
      drag: { x: true, y: false, setScale: false },
      ...(together ? { sync: { key: together } } : {}),
    },
    hooks: {
      drawClear: [(plot) => drawMarks(plot, picture())],
      draw: [(plot) => drawLimit(plot, picture())],
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      setSelect: [(plot) => zoom(plot, picture())],
    },
  };
}

function seriesOf(line: Line): uPlot.Series {
  const stroke = () => colour(`--${line.colour}`);
  return {
    label: line.label,
    stroke,
    width: 1.5,
    points: { size: 4, fill: stroke },
    ...(line.drawn === 'area' ? { fill: () => colour(`--${line.colour}-soft`) } : {}),
  };
}

function yRange(picture: () => TimePicture): uPlot.Scale.Range {
  return (_plot, dataLow, dataHigh) => {
    const { limit, fromZero } = picture();
    const known = [dataLow, dataHigh, limit ?? null, fromZero ? 0 : null].filter(
      (value): value is number => value !== null && Number.isFinite(value),
    );
    if (known.length === 0) return [0, 1];
    const low = Math.min(...known);
    const high = Math.max(...known);
    const margin = (high - low || Math.abs(high) || 1) * 0.08;
    return [fromZero && low >= 0 ? 0 : low - margin, high + margin];
  };
}

function timeAxis(picture: () => TimePicture): uPlot.Axis {
  return {
    ...axisLook(),
    label: 'time (UTC)',
    space: 70,
    values: (_plot, ticks) => ticks.map((tick) => utcTick(tick * 1000, picture().to - picture().from)),
  };
}

function valueAxis(picture: () => TimePicture): uPlot.Axis {
  return {
    ...axisLook(),
    label: picture().unit,
    size: 56,
    space: 34,
    values: (_plot, ticks) => ticks.map((tick) => picture().format(tick)),
  };
}

function gridColour(): string {
  return colour('--grid');
}

function axisLook(): uPlot.Axis {
  return {
    font: FONT,
    labelFont: FONT,
    labelSize: 16,
    labelGap: 0,
    gap: 4,
    size: 26,
    stroke: () => colour('--muted'),
    grid: { stroke: gridColour, width: 1 },
    ticks: { stroke: gridColour, width: 1, size: 4 },
  };
}

/** Alerts as a tinted stretch with a line where each began, behind the data. */
function drawMarks(plot: uPlot, { marks, to }: TimePicture): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  let tinted = left;
  for (const mark of [...(marks ?? [])].sort((a, b) => a.from - b.from)) {
    const start = Math.max(left, plot.valToPos(mark.from / 1000, 'x', true));
    const end = Math.min(left + width, plot.valToPos((mark.to ?? to) / 1000, 'x', true));
    if (end <= left || start >= left + width) continue;
    ctx.fillStyle = colour('--bad-soft');
    ctx.fillRect(Math.max(start, tinted), top, Math.max(end - Math.max(start, tinted), 0), height);
    tinted = Math.max(tinted, end);
    ctx.fillStyle = colour('--bad');
    ctx.fillRect(start, top, uPlot.pxRatio, height);
  }
}

function drawLimit(plot: uPlot, { limit }: TimePicture): void {
  if (limit === null || limit === undefined) return;
  const { ctx } = plot;
  const y = Math.round(plot.valToPos(limit, 'y', true));
  ctx.save();
  ctx.strokeStyle = colour('--bad');
  ctx.lineWidth = uPlot.pxRatio;
  ctx.setLineDash([5 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
  ctx.beginPath();
  ctx.moveTo(plot.bbox.left, y);
  ctx.lineTo(plot.bbox.left + plot.bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function zoom(plot: uPlot, { onZoom }: TimePicture): void {
  const { left, width } = plot.select;
  if (width >= SHORTEST_ZOOM_PX && onZoom) {
    onZoom(Math.round(plot.posToVal(left, 'x')) * 1000, Math.round(plot.posToVal(left + width, 'x')) * 1000);
  }
  if (width > 0) plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}
