const NARROW_SPACE = '\u202f';
const GROUPED = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
const THREE_DIGITS = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 });
/** From here on a count is shown as 123k: five digits are still read at a glance. */
const COMPACT_FROM = 100_000;

/** Beyond this no word for a number is known. */
const HUGE = 1e15;
/** Shares below one in 100,000 are only said to be that small. */
const LEAST_SHARE = 1e-5;

/** What stands where there is no number: never an empty cell, never 0. */
export const NO_NUMBER = '–';

/** A measured number with three significant digits: 0.0123, 45.6, 12,346. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_NUMBER;
  const size = Math.abs(value);
  if (size >= HUGE) return value.toExponential(1);
  if (size >= COMPACT_FROM) return COMPACT.format(value);
  if (size >= 1000) return GROUPED.format(value);
  if (size !== 0 && size < 1e-4) return value.toExponential(1);
  return THREE_DIGITS.format(value);
}

/** A count, exact below 100,000. */
export function formatCount(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_NUMBER;
  if (Math.abs(value) >= COMPACT_FROM) return formatNumber(value);
  return GROUPED.format(value);
}

/** A count with every digit, for titles. */
export function formatExact(value: number): string {
  return GROUPED.format(value);
}

/** A share of 0..1 in per cent. */
export function formatShare(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_NUMBER;
  if (value !== 0 && Math.abs(value) < LEAST_SHARE) return `<${formatNumber(LEAST_SHARE * 100)}${NARROW_SPACE}%`;
  return `${formatNumber(value * 100)}${NARROW_SPACE}%`;
}

/** A number that is a change: with its sign. */
export function formatSigned(
  value: number | null | undefined,
  format: (value: number) => string = formatNumber,
): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_NUMBER;
  return value > 0 ? `+${format(value)}` : format(value).replace('-', '−');
}

/** Milliseconds in the unit that fits. */
export function formatMs(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_NUMBER;
  const size = Math.abs(value);
  if (size >= 60_000) return `${formatNumber(value / 60_000)}${NARROW_SPACE}min`;
  if (size >= 1000) return `${formatNumber(value / 1000)}${NARROW_SPACE}s`;
  if (size !== 0 && size < 1) return `${formatNumber(value * 1000)}${NARROW_SPACE}µs`;
  return `${formatNumber(value)}${NARROW_SPACE}ms`;
}

/** Money in the unit that the model declares, which may be none. */
export function formatMoney(value: number | null | undefined, unit: string): string {
  const text = formatCount(value);
  return unit && text !== NO_NUMBER ? `${text}${NARROW_SPACE}${unit}` : text;
}

/** Bytes in powers of 1,000. */
export function formatBytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = value < 1 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), units.length - 1);
  return `${formatNumber(value / 1000 ** step)}${NARROW_SPACE}${units[step]}`;
}

/** "1 feature", "2 features". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
