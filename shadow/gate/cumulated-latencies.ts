import type { Latencies } from './evidence.ts';
import { latencyEdges } from './latency-bins.ts';

/** Latencies of one arm, to be asked how many lie below a time. */
export interface Cumulated {
  readonly total: number;
  /** Lower and upper edges of the bins, each once, ascending. */
  readonly edges: Float64Array;
  /** Lower edge of the bin that holds so many events with all below it; 0 without events. */
  startOf(events: number): number;
  /** Events of bins whose upper edge is at most `ms`. */
  endedBy(ms: number): number;
  /** Events of bins whose lower edge is below `ms`, or at most `ms`. */
  begunBefore(ms: number): number;
  begunBy(ms: number): number;
}

/** A search asks the same arms about many changes. */
const CUMULATED = new WeakMap<Latencies, Cumulated>();

/** Sums of the bins, once for each arm. */
export function cumulate(latencies: Latencies): Cumulated {
  const known = CUMULATED.get(latencies);
  if (known !== undefined) return known;
  const [lows, highs, sums] = [[], [], [0]] as [number[], number[], number[]];
  let total = 0;
  for (const [code, count] of latencies) {
    const [low, high] = latencyEdges(code);
    lows.push(low);
    highs.push(high);
    total += count;
    sums.push(total);
  }
  const cumulated: Cumulated = {
    total,
    edges: Float64Array.from(new Set(lows.flatMap((low, at) => [low, highs[at] ?? low]))),
    startOf: (events) => lows[firstIndex(lows.length - 1, (at) => (sums[at + 1] ?? 0) >= events)] ?? 0,
    endedBy: (ms) => sums[firstIndex(highs.length, (at) => (highs[at] ?? 0) > ms)] ?? 0,
    begunBefore: (ms) => sums[firstIndex(lows.length, (at) => (lows[at] ?? 0) >= ms)] ?? 0,
    begunBy: (ms) => sums[firstIndex(lows.length, (at) => (lows[at] ?? 0) > ms)] ?? 0,
  };
  CUMULATED.set(latencies, cumulated);
  return cumulated;
}

/** The first of `count` indexes that passes, where all after it pass too; `count` when none does. */
export function firstIndex(count: number, passes: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Two ascending lists as one, ascending. */
export function merge(one: Float64Array, other: Float64Array): Float64Array {
  const merged = new Float64Array(one.length + other.length);
  for (let at = 0, left = 0, right = 0; at < merged.length; at++) {
    const takesLeft = right >= other.length || (left < one.length && (one[left] ?? 0) <= (other[right] ?? 0));
    merged[at] = (takesLeft ? one[left++] : other[right++]) ?? 0;
  }
  return merged;
}
