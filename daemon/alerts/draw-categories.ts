import type { Category, Histogram } from '../../detectors/terms.ts';
import { sayShare } from '../../detectors/say.ts';
import { drawFrame, INK, PLOT, type Frame } from './draw-frame.ts';
import { escapeMarkup } from './escape-markup.ts';
import { oneLine } from './say-alert.ts';

const ROWS = 7;
const LABEL_WIDTH = 120;

const BEFORE = `fill="${INK.reference}" stroke="${INK.referenceEdge}"`;
const NOW = `fill="${INK.window}" fill-opacity="0.38" stroke="${INK.windowEdge}"`;

interface Row {
  readonly value: string;
  readonly before: number | null;
  readonly now: number;
}

/** A picture (SVG) of categories: their shares, reference above window, those that changed most first. */
export function drawCategories(reference: Histogram | null, window: Histogram, frame: Frame): string {
  const rows = chooseRows(reference, window);
  const widest = Math.max(...rows.map((row) => Math.max(row.now, row.before ?? 0)), 1e-9);
  const left = PLOT.left + LABEL_WIDTH - 40;
  const room = PLOT.left + PLOT.width - left - 130;
  const pitch = (PLOT.height + 40) / ROWS;
  const plot = rows.map((row, index) => {
    const top = PLOT.top + index * pitch;
    const bar = (share: number, y: number, ink: string): string =>
      `<rect x="${left}" y="${y}" width="${Math.max(1, (share / widest) * room)}" height="${pitch * 0.34}" rx="1.5" ${ink}/>`;
    const middle = top + pitch * 0.36 + 4;
    const text = row.before === null ? sayShare(row.now) : `${sayShare(row.before)} → ${sayShare(row.now)}`;
    const end = left + (Math.max(row.now, row.before ?? 0) / widest) * room + 8;
    return (
      `<text x="${left - 10}" y="${middle}" text-anchor="end" font-size="12" fill="${INK.text}">${escapeMarkup(oneLine(row.value, 16))}</text>` +
      (row.before === null ? '' : bar(row.before, top, BEFORE)) +
      bar(row.now, top + pitch * 0.36, NOW) +
      `<text x="${end}" y="${middle}" font-size="11" fill="${INK.faint}">${text}</text>`
    );
  });
  return drawFrame(frame, plot.join(''), 'share of records');
}

function chooseRows(reference: Histogram | null, window: Histogram): Row[] {
  const before = reference === null ? null : shares(reference.categories);
  const now = shares(window.categories);
  const change = (row: Row): number => Math.abs(row.now - (row.before ?? 0));
  const rows = [...new Set([...now.keys(), ...(before?.keys() ?? [])])]
    .map((value): Row => ({
      value: value === '' ? '(empty)' : value,
      before: before && (before.get(value) ?? 0),
      now: now.get(value) ?? 0,
    }))
    .sort((a, b) => change(b) - change(a) || b.now - a.now);
  if (rows.length <= ROWS) return rows;
  const rest = rows.slice(ROWS - 1);
  const sum = (pick: (row: Row) => number): number => rest.reduce((total, row) => total + pick(row), 0);
  const others = {
    value: `${rest.length} others`,
    before: before && sum((row) => row.before ?? 0),
    now: sum((row) => row.now),
  };
  return [...rows.slice(0, ROWS - 1), others];
}

function shares(categories: readonly Category[]): Map<string, number> {
  const total = categories.reduce((sum, category) => sum + category.count, 0);
  return new Map(categories.map((category) => [category.value, category.count / total]));
}
