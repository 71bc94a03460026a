import type { Bin, Histogram } from '../../detectors/terms.ts';
import { sayNumber, sayShare } from '../../detectors/say.ts';
import { drawFrame, INK, PLOT, type Frame } from './draw-frame.ts';
import { escapeMarkup } from './escape-markup.ts';
import { chooseScale, median, niceValues, type ValueScale } from './value-scale.ts';

const COLUMNS = 48;

/** A picture (SVG) of numbers: the share of records in each stretch of values, reference behind, window in front. */
export function drawDistribution(reference: Histogram | null, window: Histogram, frame: Frame): string {
  const present = [...window.bins];
  const past = reference === null ? undefined : [...reference.bins];
  const scale = chooseScale(past === undefined ? [present] : [present, past]);
  const now = shareByColumn(present, scale);
  const before = past && shareByColumn(past, scale);
  const highest = Math.max(...now, ...(before ?? []), 1e-9) * 1.08;
  const parts = [
    drawShares(highest),
    before === undefined ? '' : drawSteps(before, highest, INK.reference, INK.referenceEdge, 1),
    drawSteps(now, highest, INK.window, INK.windowEdge, 0.38),
    past === undefined ? '' : drawMedian(past, scale, INK.referenceEdge),
    drawMedian(present, scale, INK.windowEdge),
    drawTicks(scale),
    `<text x="${PLOT.left + PLOT.width / 2}" y="${PLOT.bottom + 40}" text-anchor="middle" font-size="12" fill="${INK.text}">${escapeMarkup(frame.unit)}${scale.kind === 'log' ? ' (log scale)' : ''}</text>`,
  ];
  const medians = past === undefined ? [present] : [past, present];
  const note = `median ${medians.map((bins) => sayNumber(median(bins))).join(' → ')}`;
  return drawFrame(frame, parts.join(''), note);
}

/** Spreads each bin evenly over the columns that it overlaps; what lies beyond the axis counts at its ends. */
function shareByColumn(bins: readonly Bin[], scale: ValueScale): number[] {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  const columns = Array<number>(COLUMNS).fill(0);
  const last = COLUMNS - 1e-9;
  for (const bin of bins) {
    const from = Math.min(Math.max(scale.place(bin.low) * COLUMNS, 0), last);
    const to = Math.min(Math.max(scale.place(bin.high) * COLUMNS, from + 1e-9), COLUMNS);
    for (let column = Math.floor(from); column < to; column++) {
      const overlap = Math.min(to, column + 1) - Math.max(from, column);
      columns[column] = (columns[column] ?? 0) + (bin.count / total) * (overlap / (to - from));
    }
  }
  return columns;
}

function drawSteps(shares: readonly number[], highest: number, fill: string, edge: string, opacity: number): string {
  const width = PLOT.width / COLUMNS;
  const outline = shares
    .map((share, column) => {
      const y = round(PLOT.bottom - (share / highest) * PLOT.height);
      return `L${round(PLOT.left + column * width)} ${y}L${round(PLOT.left + (column + 1) * width)} ${y}`;
    })
    .join('');
  const path = `M${PLOT.left} ${PLOT.bottom}${outline}L${PLOT.left + PLOT.width} ${PLOT.bottom}`;
  return (
    `<path d="${path}Z" fill="${fill}" fill-opacity="${opacity}"/>` +
    `<path d="${path}" fill="none" stroke="${edge}" stroke-width="1.5" stroke-linejoin="round"/>`
  );
}

function drawMedian(bins: readonly Bin[], scale: ValueScale, colour: string): string {
  const x = round(PLOT.left + scale.place(median(bins)) * PLOT.width);
  return `<line x1="${x}" x2="${x}" y1="${PLOT.top}" y2="${PLOT.bottom}" stroke="${colour}" stroke-width="1.5" stroke-dasharray="3 4"/>`;
}

function drawShares(highest: number): string {
  const title = `<text x="24" y="${PLOT.top - 8}" font-size="11" fill="${INK.faint}">share of records</text>`;
  const lines = niceValues(0, highest, 4)
    .map((share) => {
      const y = round(PLOT.bottom - (share / highest) * PLOT.height);
      return (
        `<line x1="${PLOT.left}" x2="${PLOT.left + PLOT.width}" y1="${y}" y2="${y}" stroke="${INK.grid}"/>` +
        `<text x="${PLOT.left - 8}" y="${y + 4}" text-anchor="end" font-size="11" fill="${INK.faint}">${sayShare(share)}</text>`
      );
    })
    .join('');
  return title + lines;
}

function drawTicks(scale: ValueScale): string {
  const axis = `<line x1="${PLOT.left}" x2="${PLOT.left + PLOT.width}" y1="${PLOT.bottom}" y2="${PLOT.bottom}" stroke="${INK.faint}" stroke-width="2"/>`;
  return (
    axis +
    scale.ticks
      .map(({ place, text }) => {
        const x = round(PLOT.left + place * PLOT.width);
        return (
          `<line x1="${x}" x2="${x}" y1="${PLOT.bottom}" y2="${PLOT.bottom + 5}" stroke="${INK.faint}"/>` +
          `<text x="${x}" y="${PLOT.bottom + 19}" text-anchor="middle" font-size="11" fill="${INK.faint}">${text}</text>`
        );
      })
      .join('')
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
