import { utcSpan } from '../format-time.ts';
import type { TimePicture } from './time-picture.ts';

/** What a chart over time shows, in a sentence for those who cannot see it. */
export function describeLines(picture: TimePicture): string {
  const lines = picture.lines.map((line) => {
    const known = line.values.filter((value): value is number => value !== null && Number.isFinite(value));
    if (known.length === 0) return `${line.label}: no data`;
    const newest = picture.format(known.at(-1) ?? null);
    const low = picture.format(known.reduce((a, b) => Math.min(a, b)));
    const high = picture.format(known.reduce((a, b) => Math.max(a, b)));
    return `${line.label}: newest ${newest}, lowest ${low}, highest ${high}`;
  });
  const marks = picture.marks?.map((mark) => mark.label) ?? [];
  return [
    `${picture.title}, ${picture.unit}, ${utcSpan(picture.from, picture.to)} UTC.`,
    `${lines.join('; ')}.`,
    ...(picture.limit ? [`Limit ${picture.format(picture.limit)}.`] : []),
    ...(marks.length > 0 ? [`Alerts: ${marks.join('; ')}.`] : []),
  ].join(' ');
}
