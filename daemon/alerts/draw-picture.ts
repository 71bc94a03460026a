import { Resvg } from '@resvg/resvg-js';
import { createRequire } from 'node:module';
import { findDetector } from '../../detectors/find-detector.ts';
import { totalOf } from '../../detectors/maths/quantile.ts';
import { sayCount, sayShare } from '../../detectors/say.ts';
import type { Finding, Histogram, Window } from '../../detectors/terms.ts';
import { drawCategories } from './draw-categories.ts';
import { drawDistribution } from './draw-distribution.ts';
import { SIZE, type Frame } from './draw-frame.ts';
import type { Picture } from './notification.ts';
import { oneLine, saySlice, sayWindow } from './say-alert.ts';

// A renderer without a font draws no text, and a server may have none installed.
const FONTS = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) =>
  createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${file}`),
);

/** Twice the size at which it is shown, for screens with fine pixels. */
const PIXELS_PER_POINT = 2;

/** The reference against the window of a finding, as PNG; undefined where there is nothing to draw. */
export function drawPicture(
  finding: Finding,
  { reference, window }: { readonly reference: Histogram | null; readonly window: Histogram },
): Picture | undefined {
  const frame = frameOf(finding, reference, window);
  const known = reference !== null && isFilled(reference) ? reference : null;
  const numeric = window.bins.total >= totalOf(window.categories);
  if (!isFilled(window)) return undefined;
  const svg = numeric
    ? drawDistribution(known !== null && known.bins.length > 0 ? known : null, window, frame)
    : drawCategories(known !== null && known.categories.length > 0 ? known : null, window, frame);
  const png = new Resvg(svg, {
    fitTo: { mode: 'width', value: SIZE.width * PIXELS_PER_POINT },
    font: { fontFiles: FONTS, loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' },
  })
    .render()
    .asPng();
  return {
    png,
    description: `${frame.title}: ${frame.reference ?? 'no reference'} against ${frame.window}`,
    widthPixels: SIZE.width,
  };
}

function frameOf(finding: Finding, reference: Histogram | null, window: Histogram): Frame {
  const kind = findDetector(finding.detector)?.kind;
  const name = finding.subject === '' ? (kind === 'latency' ? 'latency' : 'score') : finding.subject;
  const samples = reference === null ? [window] : [reference, window];
  const anyMissing = samples.some((sample) => sample.missing > 0);
  return {
    title: `${oneLine(name, 40)} ${saySlice(finding.slice)}`,
    unit: kind === 'latency' ? 'milliseconds' : oneLine(name, 40),
    reference:
      reference === null || finding.reference === null ? null : sayLegend('reference', finding.reference, reference),
    window: sayLegend('now', finding.window, window),
    note: anyMissing ? `missing ${samples.map(sayMissing).join(' → ')}` : '',
  };
}

function sayLegend(label: string, { from, to }: Window, { count }: Histogram): string {
  return `${label}, ${sayWindow(from, to)} · n = ${sayCount(count)}`;
}

function sayMissing({ count, missing }: Histogram): string {
  return sayShare(count === 0 ? 0 : missing / count);
}

function isFilled(histogram: Histogram): boolean {
  return histogram.bins.total + totalOf(histogram.categories) > 0;
}
