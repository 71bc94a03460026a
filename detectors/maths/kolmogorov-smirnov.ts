import type { Bins } from './bins.ts';
import { kolmogorovQuantile, kolmogorovSurvival } from './special.ts';

/** Where two cumulative distributions differ most, and by how much (0..1). */
export interface Gap {
  readonly distance: number;
  /** The value below which the shares were compared. */
  readonly at: number;
  readonly referenceShare: number;
  readonly windowShare: number;
}

/**
 * Two-sample Kolmogorov-Smirnov distance of binned values, both in ascending bins with the same edges: the true distance
 * or less, by what happens inside one bin. Raw samples, sorted, as bins of one value give it exactly.
 */
export function largestGap(reference: Bins, window: Bins): Gap {
  let widest: Gap = { distance: 0, at: NaN, referenceShare: NaN, windowShare: NaN };
  let [below, windowBelow, r, w] = [0, 0, reference.from, window.from];
  while (r < reference.to || w < window.to) {
    const low = Math.min(lowAt(reference, r), lowAt(window, w));
    let high = low;
    for (; lowAt(reference, r) <= low; r++) {
      below += reference.count[r]!;
      high = reference.high[r]!;
    }
    for (; lowAt(window, w) <= low; w++) {
      windowBelow += window.count[w]!;
      high = window.high[w]!;
    }
    const [referenceShare, windowShare] = [below / reference.total, windowBelow / window.total];
    const distance = Math.abs(referenceShare - windowShare);
    if (distance > widest.distance) widest = { distance, at: high, referenceShare, windowShare };
  }
  return widest;
}

/**
 * The largest that the distance of the values can be, of which bins are known: within a bin all values of the one side may
 * come before all of the other. No more than the fullest bin above what is found at the edges; the same for bins of one value.
 */
export function largestGapAtMost(reference: Bins, window: Bins): number {
  let [below, windowBelow, r, w, most] = [0, 0, reference.from, window.from, 0];
  while (r < reference.to || w < window.to) {
    const low = Math.min(lowAt(reference, r), lowAt(window, w));
    const before = [below, windowBelow] as const;
    let isWide = false;
    for (; lowAt(reference, r) <= low; r++) {
      below += reference.count[r]! / reference.total;
      isWide ||= reference.high[r]! > low;
    }
    for (; lowAt(window, w) <= low; w++) {
      windowBelow += window.count[w]! / window.total;
      isWide ||= window.high[w]! > low;
    }
    most = Math.max(most, Math.abs(below - windowBelow));
    if (isWide) most = Math.max(most, windowBelow - before[0], below - before[1]);
  }
  return Math.min(1, most);
}

/** Where a bin begins; nowhere behind the last. */
function lowAt({ low, to }: Bins, place: number): number {
  return place < to ? low[place]! : Infinity;
}

/**
 * Chance of a distance at least this large between samples of `n` and `m` from one distribution: the limiting
 * distribution with Stephens' correction for small samples (1970). Binned or tied values make it an upper bound.
 */
export function gapProbability(distance: number, n: number, m: number): number {
  return kolmogorovSurvival(distance * scaleOf(n, m));
}

/** The distance that sampling noise alone passes with this chance. */
export function noiseGap(chance: number, n: number, m: number): number {
  return kolmogorovQuantile(chance) / scaleOf(n, m);
}

function scaleOf(n: number, m: number): number {
  const root = Math.sqrt((n * m) / (n + m));
  return root + 0.12 + 0.11 / root;
}
