import { Bins } from './bins.ts';
import { onceOf } from './once-of.ts';

/** What moved between two distributions of numbers. */
export interface Move {
  /** Area between the cumulative distributions, in the units of the values: Wasserstein-1. */
  readonly distance: number;
  /** The same between `low` and `high` alone, which is the distance of the values clipped to that range. */
  readonly clipped: number;
  /** Standard error of `clipped`, by the delta method: right where the distributions differ, too small where they are equal. */
  readonly error: number;
}

/** A distribution, clipped to a range. */
export interface ClippedSpread {
  /** Standard deviation. */
  readonly deviation: number;
  /** The integral of sqrt(F (1 - F)): how any sample of it scatters. */
  readonly scatter: number;
}

/** A cumulative distribution as a polyline: `below[i]` is the share below `at[i]`; an upright piece is one value. */
interface Line {
  readonly at: Float64Array;
  readonly below: Float64Array;
  /** Points of the line; what stands behind them is none of it. */
  readonly length: number;
  readonly total: number;
}

/**
 * Wasserstein-1 of two ascending binned distributions, with values spread evenly inside their bin. Bins of one value each
 * (`low` equal to `high`) give the distance of raw samples exactly.
 * @param low, high range of the clipped figures
 * @param withError whether the standard error is worked out, a third of the work; it is NaN without
 */
export function earthMove(reference: Bins, window: Bins, low: number, high: number, withError = true): Move {
  const [one, other] = [referenceLine(reference), windowLine(window)];
  let [distance, clipped, reach] = [0, 0, 0];
  let [then, thenSquared, now, nowSquared] = [0, 0, 0, 0];
  let [r, w] = [0, 0];
  let [edge, otherEdge] = [edgeAt(one, 0), edgeAt(other, 0)];
  let at = Math.min(edge, otherEdge);
  let [F, G] = [0, 0];
  while (r < one.length || w < other.length) {
    const next = stop(at, edge < otherEdge ? edge : otherEdge, low, high);
    let nextF: number;
    let nextG: number;
    if (edge === next && r < one.length) {
      nextF = one.below[r]!;
      edge = edgeAt(one, ++r);
    } else nextF = shareAt(one, r, next);
    if (otherEdge === next && w < other.length) {
      nextG = other.below[w]!;
      otherEdge = edgeAt(other, ++w);
    } else nextG = shareAt(other, w, next);
    const width = next - at;
    const inside = at >= low && next <= high;
    const area = width === 0 ? 0 : areaBetween(F - G, nextF - nextG, width);
    if (withError) {
      const step = inside ? width * Math.sign(F + nextF - G - nextG) : 0;
      const middle = reach + step / 2;
      then += (nextF - F) * middle;
      thenSquared += (nextF - F) * middle * middle;
      now += (nextG - G) * middle;
      nowSquared += (nextG - G) * middle * middle;
      reach += step;
    }
    distance += area;
    if (inside) clipped += area;
    at = next;
    F = nextF;
    G = nextG;
  }
  const variance = varianceOf(then, thenSquared) / one.total + varianceOf(now, nowSquared) / other.total;
  return { distance, clipped, error: withError ? Math.sqrt(variance) : NaN };
}

/** How a reference spreads within a range, which every window is held against. */
export const clippedSpread = onceOf(
  (bins: Bins, { low, high }: { readonly low: number; readonly high: number }): ClippedSpread => {
    const line = referenceLine(bins);
    let [mean, meanSquare, scatter] = [0, 0, 0];
    let [at, F, place] = [edgeAt(line, 0), 0, 0];
    while (place < line.length) {
      const edge = edgeAt(line, place);
      const next = stop(at, edge, low, high);
      const nextF = edge === next ? line.below[place++]! : shareAt(line, place, next);
      const middle = (F + nextF) / 2;
      const value = Math.min(high, Math.max(low, (at + next) / 2)) - low;
      mean += (nextF - F) * value;
      meanSquare += (nextF - F) * value * value;
      if (at >= low && next <= high) scatter += (next - at) * Math.sqrt(Math.max(0, middle * (1 - middle)));
      at = next;
      F = nextF;
    }
    return { deviation: Math.sqrt(varianceOf(mean, meanSquare)), scatter };
  },
);

/** The next edge, or `low` or `high` where they come first. */
function stop(at: number, edge: number, low: number, high: number): number {
  if (at < low && low < edge) return low;
  return at < high && high < edge ? high : edge;
}

const referenceLine = onceOf((bins: Bins) => lineOf(bins, memoryFor(bins)));

/** What a line is written to: at most two points a bin. */
interface Memory {
  readonly at: Float64Array;
  readonly below: Float64Array;
}

function memoryFor({ length }: Bins): Memory {
  return { at: new Float64Array(2 * length), below: new Float64Array(2 * length) };
}

/** The line of a window is looked at once: the next one is written over it. */
let shared: Memory = memoryFor(Bins.none);

function windowLine(bins: Bins): Line {
  if (shared.at.length < 2 * bins.length) shared = memoryFor(bins);
  return lineOf(bins, shared);
}

/** Where a bin begins at the end of the one before, the line has one point for both. */
function lineOf({ low, high, count, from, to, total }: Bins, { at, below }: Memory): Line {
  let [sum, end] = [0, 0];
  for (let place = from; place < to; place++) {
    if (count[place] === 0) continue;
    if (end === 0 || at[end - 1] !== low[place]) {
      at[end] = low[place]!;
      below[end++] = sum / total;
    }
    sum += count[place]!;
    at[end] = high[place]!;
    below[end++] = sum / total;
  }
  return { at, below, length: end, total };
}

/** The edge at a place; none behind the last. */
function edgeAt({ at, length }: Line, place: number): number {
  return place < length ? at[place]! : Infinity;
}

/** The share below a value that lies before the edge `next`. */
function shareAt({ at, below, length }: Line, next: number, value: number): number {
  if (next === 0) return 0;
  if (next >= length) return 1;
  const [from, to] = [at[next - 1]!, at[next]!];
  const [low, high] = [below[next - 1]!, below[next]!];
  return to > from ? low + ((high - low) * (value - from)) / (to - from) : low;
}

/** Area between two straight lines whose difference goes from `first` to `last`; they may cross. */
function areaBetween(first: number, last: number, width: number): number {
  const sum = Math.abs(first) + Math.abs(last);
  if (sum === 0) return 0;
  return first * last >= 0 ? (width * sum) / 2 : (width * (first * first + last * last)) / (2 * sum);
}

function varianceOf(mean: number, meanSquare: number): number {
  return Math.max(0, meanSquare - mean * mean);
}
