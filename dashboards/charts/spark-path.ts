import { linearScale } from './scale.ts';

export interface SparkPath {
  /** SVG path data; a gap in the values is a gap in the line. */
  readonly line: string;
  readonly area: string;
  /** Where the newest value stands. */
  readonly last: readonly [number, number] | null;
}

const MARGIN = 3;

/** The path of a small line over `width` x `height`; values are evenly spaced in time. */
export function sparkPath(
  values: readonly (number | null)[],
  width: number,
  height: number,
  fromZero: boolean,
): SparkPath {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (known.length === 0) return { line: '', area: '', last: null };
  const low = fromZero ? 0 : Math.min(...known);
  const y = linearScale(low, Math.max(...known), height - MARGIN, MARGIN);
  const x = linearScale(0, Math.max(values.length - 1, 1), MARGIN, width - MARGIN);
  let line = '';
  let area = '';
  let last: [number, number] | null = null;
  let start: number | null = null;
  for (let i = 0; i <= values.length; i += 1) {
    const value = values[i];
    if (value === null || value === undefined || !Number.isFinite(value)) {
      if (start !== null && last) area += `L${last[0]} ${height}L${start} ${height}Z`;
      start = null;
      continue;
    }
    last = [round(x.place(i)), round(y.place(value))];
    const step = `${start === null ? 'M' : 'L'}${last[0]} ${last[1]}`;
    line += step;
    area += step;
    start ??= last[0];
  }
  return { line, area, last };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
