import { binTotal, quantile, type Bins } from './quantile.ts';
import { needsLog } from './scale.ts';

/** One bar of a histogram: its edges, and the share of each side's records that lie in it. */
export interface Bar {
  readonly low: number;
  readonly high: number;
  readonly current: number;
  readonly expected: number;
}

/** Bars of the same edges for a window and its reference, ready to be drawn over one another. */
export interface Bars {
  readonly kind: 'linear' | 'log';
  readonly domain: readonly [number, number];
  readonly bars: readonly Bar[];
  /** Shares at exactly zero, apart from the bars where the axis is logarithmic. */
  readonly zero: { readonly current: number; readonly expected: number } | null;
  /** Shares that lie outside the domain, because a few far values would squeeze all others. */
  readonly outside: { readonly current: number; readonly expected: number };
}

/** A logarithmic axis shows every positive number, unless they span more than this. */
const MOST_DECADES = 9;
/** Both ends of the axis leave out at most this share of each side. */
const TAIL = 0.002;

/**
 * Fine bins of a window and its reference into at most `count` bars over one axis: logarithmic where no number is
 * negative and the bulk of the positive ones spans more than two decades. A fine bin over an edge is shared out by width.
 * Null when neither side has a number.
 */
export function histogramBars(current: Bins, expected: Bins, count: number): Bars | null {
  const currentTotal = binTotal(current);
  const expectedTotal = binTotal(expected);
  if (currentTotal + expectedTotal === 0) return null;
  const [low, high] = bulk([positive(current), positive(expected)]);
  const log = ![...current, ...expected].some((bin) => bin.low < 0 && bin.count > 0) && needsLog(low, high);
  const domain = log ? whole([...positive(current), ...positive(expected)], [low, high]) : bulk([current, expected]);
  const edges = edgesOf(log ? 'log' : 'linear', domain, count);
  const spreadCurrent = spread(log ? positive(current) : current, edges, currentTotal);
  const spreadExpected = spread(log ? positive(expected) : expected, edges, expectedTotal);
  const zero = { current: zeroShare(current, currentTotal), expected: zeroShare(expected, expectedTotal) };
  return {
    kind: log ? 'log' : 'linear',
    domain,
    bars: spreadCurrent.shares.map((share, i) => ({
      low: edges[i] ?? 0,
      high: edges[i + 1] ?? 0,
      current: share,
      expected: spreadExpected.shares[i] ?? 0,
    })),
    zero: log && zero.current + zero.expected > 0 ? zero : null,
    outside: { current: spreadCurrent.outside, expected: spreadExpected.outside },
  };
}

/** The smallest stretch that leaves out at most `TAIL` of each side at each end. */
function bulk(sides: readonly Bins[]): [number, number] {
  const ends = sides.filter((bins) => binTotal(bins) > 0);
  const lows = ends.map((bins) => edgeOf(bins, 'low'));
  const highs = ends.map((bins) => edgeOf(bins, 'high'));
  const low = Math.min(...lows);
  const high = Math.max(...highs);
  if (ends.length === 0) return [0, 0];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

function whole(bins: Bins, fallback: [number, number]): [number, number] {
  const filled = bins.filter(({ count }) => count > 0);
  const low = Math.min(...filled.map((bin) => bin.low));
  const high = Math.max(...filled.map((bin) => bin.high));
  return Math.log10(high / low) > MOST_DECADES ? fallback : [low, high];
}

/** The outer edge of the bin that holds the quantile: a bin is shown whole. */
function edgeOf(bins: Bins, side: 'low' | 'high'): number {
  const value = quantile(bins, side === 'low' ? TAIL : 1 - TAIL) ?? 0;
  const bin = bins.find(({ low, high, count }) => count > 0 && value >= low && value <= high);
  return bin?.[side] ?? value;
}

function edgesOf(kind: 'linear' | 'log', [low, high]: readonly [number, number], count: number): number[] {
  return Array.from({ length: count + 1 }, (_, i) =>
    kind === 'log' ? low * (high / low) ** (i / count) : low + ((high - low) * i) / count,
  );
}

function spread(bins: Bins, edges: readonly number[], total: number): { shares: number[]; outside: number } {
  const shares = Array.from({ length: edges.length - 1 }, () => 0);
  if (total === 0) return { shares, outside: 0 };
  let inside = 0;
  let bar = 0;
  for (const { low, high, count } of bins) {
    while (bar < shares.length - 1 && (edges[bar + 1] ?? 0) <= low) bar += 1;
    for (let i = bar; i < shares.length && (i === bar || (edges[i] ?? 0) < high); i += 1) {
      const part = overlap(low, high, edges[i] ?? 0, edges[i + 1] ?? 0) * (count / total);
      shares[i] = (shares[i] ?? 0) + part;
      inside += part;
    }
  }
  const all = binTotal(bins) / total;
  return { shares, outside: Math.max(0, all - inside) };
}

/** Share of the bin from `low` to `high` that lies between two edges. */
function overlap(low: number, high: number, from: number, to: number): number {
  if (high <= low) return low >= from && low <= to ? 1 : 0;
  return Math.max(0, Math.min(high, to) - Math.max(low, from)) / (high - low);
}

function positive(bins: Bins): Bins {
  return bins.filter((bin) => bin.low > 0);
}

/** The bin of zero begins at 0 and ends at the smallest number there is. */
function zeroShare(bins: Bins, total: number): number {
  return total === 0 ? 0 : binTotal(bins.filter((bin) => bin.low <= 0 && bin.high >= 0)) / total;
}
