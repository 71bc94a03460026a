import type { Bin } from '../terms.ts';
import { onceOf } from './once-of.ts';
import { totalOf } from './quantile.ts';

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
  readonly total: number;
}

/**
 * Wasserstein-1 of two ascending binned distributions, with values spread evenly inside their bin. Bins of one value each
 * (`low` equal to `high`) give the distance of raw samples exactly.
 * @param low, high range of the clipped figures
 * @param withError whether the standard error is worked out, a third of the work; it is NaN without
 */
export function earthMove(
  reference: readonly Bin[],
  window: readonly Bin[],
  low: number,
  high: number,
  withError = true,
): Move {
  const [one, other] = [referenceLine(reference), lineOf(window)];
  let [distance, clipped, reach] = [0, 0, 0];
  const [then, now] = [moments(), moments()];
  let [r, w] = [0, 0];
  let at = Math.min(edgeAt(one, 0), edgeAt(other, 0));
  let [F, G] = [0, 0];
  while (r < one.at.length || w < other.at.length) {
    const [edge, otherEdge] = [edgeAt(one, r), edgeAt(other, w)];
    const next = stop(at, Math.min(edge, otherEdge), low, high);
    const nextF = edge === next ? one.below[r++]! : shareAt(one, r, next);
    const nextG = otherEdge === next ? other.below[w++]! : shareAt(other, w, next);
    const width = next - at;
    const inside = at >= low && next <= high;
    const area = width === 0 ? 0 : areaBetween(F - G, nextF - nextG, width);
    if (withError) {
      const step = inside ? width * Math.sign(F + nextF - G - nextG) : 0;
      add(then, nextF - F, reach + step / 2);
      add(now, nextG - G, reach + step / 2);
      reach += step;
    }
    distance += area;
    if (inside) clipped += area;
    at = next;
    F = nextF;
    G = nextG;
  }
  const error = withError ? Math.sqrt(varianceOf(then) / one.total + varianceOf(now) / other.total) : NaN;
  return { distance, clipped, error };
}

/** How a reference spreads within a range, which every window is held against. */
export const clippedSpread = onceOf(
  (bins: readonly Bin[], { low, high }: { readonly low: number; readonly high: number }): ClippedSpread => {
    const line = referenceLine(bins);
    const all = moments();
    let scatter = 0;
    let [at, F, place] = [edgeAt(line, 0), 0, 0];
    while (place < line.at.length) {
      const edge = edgeAt(line, place);
      const next = stop(at, edge, low, high);
      const nextF = edge === next ? line.below[place++]! : shareAt(line, place, next);
      const middle = (F + nextF) / 2;
      add(all, nextF - F, Math.min(high, Math.max(low, (at + next) / 2)) - low);
      if (at >= low && next <= high) scatter += (next - at) * Math.sqrt(Math.max(0, middle * (1 - middle)));
      at = next;
      F = nextF;
    }
    return { deviation: Math.sqrt(varianceOf(all)), scatter };
  },
);

/** The next edge, or `low` or `high` where they come first. */
function stop(at: number, edge: number, low: number, high: number): number {
  if (at < low && low < edge) return low;
  return at < high && high < edge ? high : edge;
}

const referenceLine = onceOf((bins: readonly Bin[]) => lineOf(bins));

function lineOf(bins: readonly Bin[]): Line {
  const total = totalOf(bins);
  const [at, below] = [new Float64Array(2 * bins.length), new Float64Array(2 * bins.length)];
  let [sum, end] = [0, 0];
  for (const { low, high, count } of bins) {
    if (count === 0) continue;
    at[end] = low;
    below[end++] = sum / total;
    at[end] = high;
    below[end++] = (sum += count) / total;
  }
  return { at: at.subarray(0, end), below: below.subarray(0, end), total };
}

/** The edge at a place; none behind the last. */
function edgeAt({ at }: Line, place: number): number {
  return place < at.length ? at[place]! : Infinity;
}

/** The share below a value that lies before the edge `next`. */
function shareAt({ at, below }: Line, next: number, value: number): number {
  if (next === 0) return 0;
  if (next >= at.length) return 1;
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

function moments(): { first: number; second: number } {
  return { first: 0, second: 0 };
}

function add(sums: { first: number; second: number }, share: number, value: number): void {
  sums.first += share * value;
  sums.second += share * value * value;
}

function varianceOf({ first, second }: { readonly first: number; readonly second: number }): number {
  return Math.max(0, second - first * first);
}
