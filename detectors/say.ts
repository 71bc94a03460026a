import { ALL, type Impact, type ImpactFlips, type Slice } from './terms.ts';

/** A number as a person writes it: three significant digits, thousands separated; very large or small ones as 1.2e+30. */
export function sayNumber(value: number): string {
  const size = Math.abs(value);
  if (size < 1e-300) return '0';
  if (size >= 1e9 || size < 1e-4) return value.toExponential(1).replace('.0e', 'e');
  if (size >= 999.5) return sayCount(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** A whole number with its thousands separated: 4,180. */
export function sayCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A share as per cent: 0.053 is "5.3 %"; as a ratio where no number holds the per cent. */
export function sayShare(share: number): string {
  const percent = share * 100;
  return Number.isFinite(percent) ? `${sayNumber(percent)} %` : sayRatio(share);
}

/** A ratio: 102 is "102x". */
export function sayRatio(ratio: number): string {
  return `${sayNumber(ratio)}x`;
}

/** Milliseconds in the unit that reads best: "41 ms", "4.18 s". */
export function sayDuration(milliseconds: number): string {
  return milliseconds >= 1000 ? `${sayNumber(milliseconds / 1000)} s` : `${sayNumber(milliseconds)} ms`;
}

/** How a figure moved: "the median is 98x the reference (41 to 4,040)", or, where that is no notable ratio, from what to what. */
export function sayMove(what: string, before: number, after: number): string {
  const ratio = after / before;
  const notable = Number.isFinite(ratio) && ratio > 0 && Math.abs(Math.log(ratio)) >= Math.log(1.5);
  if (!notable) return `${what} moved from ${sayNumber(before)} to ${sayNumber(after)}`;
  return `${what} is ${sayRatio(ratio)} the reference (${sayNumber(before)} to ${sayNumber(after)})`;
}

/** A finding, or an alert, as a sentence with its place: "amount in region=EU: the median is 98x the reference ...". */
export function sayFinding(found: {
  readonly subject: string;
  readonly slice: Slice;
  readonly reason: string;
}): string {
  const where = found.slice === ALL ? '' : ` in ${found.slice}`;
  return `${found.subject === '' ? 'the model' : found.subject}${where}: ${found.reason}`;
}

/** What a feature that moved does: `41 % of the score shift (+0.031) comes from it; it flips 3.1 % of decisions (2.4 % to 3.9 %)`. */
export function sayImpact(impact: Impact): string {
  if (!impact.isInput) return 'the model does not read it';
  return [sayShift(impact), impact.flips && sayFlips(impact.flips)].filter(Boolean).join('; ');
}

function sayFlips({ share, interval: [low, high], declined }: ImpactFlips): string {
  if (low <= 0) return `it flips no decisions beyond noise (at most ${sayShare(Math.max(0, high))})`;
  const net =
    Math.abs(declined) < 1e-3
      ? ''
      : `, ${sayShare(Math.abs(declined))} ${declined > 0 ? 'more' : 'fewer'} are declined`;
  return `it flips ${sayShare(share)} of decisions (${sayShare(low)} to ${sayShare(high)})${net}`;
}

function sayShift({ share, scoreShift }: Impact): string {
  if (share === null) return 'the mean score has not moved beyond noise';
  const shift = `the score shift (${scoreShift > 0 ? '+' : ''}${sayNumber(scoreShift)})`;
  if (share >= 0.995) return `all of ${shift} comes from it`;
  if (Math.abs(share) < 0.005) return `none of ${shift} comes from it`;
  if (share < 0) return `without it ${shift} would be larger by ${sayShare(-share)}`;
  return `${sayShare(share)} of ${shift} comes from it`;
}
