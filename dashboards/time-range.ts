import { lengthMs, rfc3339 } from './format-time.ts';

/** What the reader asks to see: a stretch up to now, everything, or two given times. */
export type TimeRange =
  | { readonly kind: 'last'; readonly name: string; readonly lengthMs: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'custom'; readonly from: number; readonly to: number };

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The stretches that can be chosen with one click, shortest first. */
export const PRESETS = ['15m', '1h', '6h', '1d', '1w'] as const;

const COLUMNS_AT_LEAST = 24;

/**
 * The range that a page's query names. Anything unreadable is the fallback: an address typed by hand must not break
 * the page.
 *
 * @param search query of the page: `range=6h`, `range=all`, or `from=…&to=…` in RFC 3339
 */
export function parseRange(search: URLSearchParams, fallback: TimeRange): TimeRange {
  const from = Date.parse(search.get('from') ?? '');
  const to = Date.parse(search.get('to') ?? '');
  if (Number.isFinite(from) && Number.isFinite(to) && from < to) return { kind: 'custom', from, to };
  const name = search.get('range');
  if (name === 'all') return { kind: 'all' };
  return (name && lastOf(name)) || fallback;
}

/** The query that names a range; the inverse of `parseRange`. */
export function rangeQuery(range: TimeRange): Record<'range' | 'from' | 'to', string | undefined> {
  if (range.kind === 'custom') return { range: undefined, from: rfc3339(range.from), to: rfc3339(range.to) };
  return { range: range.kind === 'all' ? 'all' : range.name, from: undefined, to: undefined };
}

/** From and to in Unix milliseconds; `first` is when the oldest record is from, null when unknown. */
export function resolveRange(range: TimeRange, nowMs: number, first: number | null): Span {
  if (range.kind === 'custom') return { from: range.from, to: range.to };
  if (range.kind === 'all') return { from: Math.min(first ?? nowMs - 1, nowMs - 1), to: nowMs };
  return { from: nowMs - range.lengthMs, to: nowMs };
}

/** What to show first: the shortest preset that holds at least 24 windows of the model. */
export function defaultRange(windowLength: string): TimeRange {
  const wanted = (lengthMs(windowLength) ?? 0) * COLUMNS_AT_LEAST;
  const name = PRESETS.find((preset) => (lengthMs(preset) ?? 0) >= wanted) ?? '1w';
  return lastOf(name) ?? { kind: 'all' };
}

function lastOf(name: string): TimeRange | null {
  const length = lengthMs(name);
  return length === null || length === 0 ? null : { kind: 'last', name, lengthMs: length };
}
