import type { Alarm, Folded } from './alarm.ts';

export interface Kswin {
  /** p at or below which it fires. */
  readonly chance: number;
  /** Points that are kept, and the newest of them that are compared with as many of the older ones. */
  readonly window: number;
  readonly newest: number;
}

/** A smaller distance is no change, however sure (as in River). */
const LEAST_DISTANCE = 0.1;

/**
 * KSWIN (Raab, Heusinger and Schleif 2020): a Kolmogorov-Smirnov test, with its exact p, of the newest points against as
 * many of the older ones in a sliding window. Where the published method draws the older ones at random, this one takes
 * them evenly spaced, so that the same series gives the same answer. After an alarm it starts anew, as River does.
 */
export function kswin(values: readonly number[], { chance, window, newest }: Kswin): Folded {
  const alarms: Alarm[] = [];
  const ratios: number[] = [];
  const older = window - newest;
  const critical = Math.max(LEAST_DISTANCE, smallestGap(chance, newest));
  const step = older / newest;
  const [before, after] = [new Float64Array(newest), new Float64Array(newest)];
  let first = 0;
  for (let index = 0; index < values.length; index++) {
    if (index + 1 - first < window) {
      ratios.push(0);
      continue;
    }
    const start = index + 1 - window;
    for (let at = 0; at < newest; at++) {
      before[at] = values[start + Math.floor(at * step)] ?? 0;
      after[at] = values[start + older + at] ?? 0;
    }
    const distance = gapOf(before.sort(), after.sort());
    const fires = distance >= critical - 1e-12 && distance > LEAST_DISTANCE;
    ratios.push(fires ? Math.max(1 + 1e-9, distance / critical) : Math.min(1, distance / critical));
    if (!fires) continue;
    alarms.push({ index, onset: index + 1 - newest });
    first = index + 1;
  }
  return { alarms, ratios };
}

/** Largest difference of the distributions of two sorted samples of one size. */
function gapOf(one: Float64Array, other: Float64Array): number {
  const size = one.length;
  let [i, j, widest] = [0, 0, 0];
  while (i < size && j < size) {
    const value = Math.min(one[i] ?? 0, other[j] ?? 0);
    while (i < size && one[i] === value) i++;
    while (j < size && other[j] === value) j++;
    widest = Math.max(widest, Math.abs(i - j));
  }
  return widest / size;
}

/**
 * The smallest distance between two samples of `size` whose exact p is at most the chance: P(D >= h / n) is twice the
 * alternating sum of C(2n, n - ih) / C(2n, n) over i from 1 (Gnedenko and Korolyuk 1951).
 */
function smallestGap(chance: number, size: number): number {
  for (let h = 1; h <= size; h++) {
    let [p, sign] = [0, 1];
    for (let far = h; far <= size; far += h) {
      let term = 1;
      for (let k = 1; k <= far; k++) term *= (size - far + k) / (size + k);
      p += 2 * sign * term;
      sign = -sign;
    }
    if (p <= chance) return h / size;
  }
  return Infinity;
}
