/** The unit in which a form of record gives its times, since 1970. */
export type Unit = 'milliseconds' | 'nanoseconds';

/** Where times of the years 2001 to 5138 end in each unit, and those of the next one have not begun. */
const UNITS: readonly [end: number, unit: string][] = [
  [1e11, 'seconds'],
  [1e14, 'milliseconds'],
  [1e17, 'microseconds'],
  [1e20, 'nanoseconds'],
];

/** @param at Unix milliseconds */
export function timeText(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at);
}

/**
 * What an impossible time may have been meant as, to be put behind a message; empty where it looks like nothing.
 * @param at Unix milliseconds, as it was understood
 */
export function unitHint(at: number, expected: Unit): string {
  const given = expected === 'nanoseconds' ? at * 1e6 : at;
  const unit = given > 1e9 ? UNITS.find(([end]) => given < end)?.[1] : undefined;
  return unit === undefined || unit === expected ? '' : `; it looks like ${unit}, ${expected} are expected`;
}
