import { escapeMarkup } from './escape-markup.ts';
import { oneLine } from './say-alert.ts';

/** What is written around a picture. */
export interface Frame {
  readonly title: string;
  /** What the values are: `value of amount`, `milliseconds`. */
  readonly unit: string;
  /** `reference, 17 Nov to 24 Nov, n = 120,431`; null without a reference. */
  readonly reference: string | null;
  readonly window: string;
  /** Something to know besides the shape, such as the share of missing values; empty for nothing. */
  readonly note: string;
}

/** Of the whole picture, in CSS pixels. */
export const SIZE = { width: 640, height: 338 } as const;

/** Where the data goes. */
export const PLOT = { left: 64, width: 552, top: 104, height: 172, bottom: 276 } as const;

/** Grey for what was, orange for what is: told apart in grey print and by the colour-blind too. */
export const INK = {
  text: '#1f2933',
  faint: '#616e7c',
  grid: '#e4e7eb',
  reference: '#cbd2d9',
  referenceEdge: '#7b8794',
  window: '#ea580c',
  windowEdge: '#c2410c',
} as const;

/** The white card with its title and legend around a plot. */
export function drawFrame(frame: Frame, plot: string, measure: string): string {
  const legend = [
    ...(frame.reference === null
      ? []
      : [{ text: frame.reference, fill: INK.reference, edge: INK.referenceEdge, opacity: 1 }]),
    { text: frame.window, fill: INK.window, edge: INK.windowEdge, opacity: 0.38 },
  ]
    .map(
      ({ text, fill, edge, opacity }, row) =>
        `<rect x="24.5" y="${42.5 + row * 19}" width="13" height="11" rx="2" fill="${fill}" fill-opacity="${opacity}" stroke="${edge}" stroke-width="1.2"/>` +
        `<text x="46" y="${52 + row * 19}" font-size="12" fill="${INK.text}">${escapeMarkup(oneLine(text, 68))}</text>`,
    )
    .join('');
  const notes = [measure, frame.note]
    .filter((text) => text !== '')
    .map(
      (text, row) =>
        `<text x="616" y="${52 + row * 19}" text-anchor="end" font-size="12" fill="${INK.text}">${escapeMarkup(text)}</text>`,
    )
    .join('');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE.width}" height="${SIZE.height}" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="DejaVu Sans">` +
    `<rect width="${SIZE.width}" height="${SIZE.height}" fill="#ffffff"/>` +
    `<text x="24" y="28" font-size="15" font-weight="bold" fill="${INK.text}">${escapeMarkup(oneLine(frame.title, 64))}</text>` +
    `${legend}${notes}${plot}</svg>`
  );
}
