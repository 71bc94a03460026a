import type { Bin } from '../terms.ts';
import { totalOf } from './quantile.ts';
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
export function largestGap(reference: readonly Bin[], window: readonly Bin[]): Gap {
  const [referenceTotal, windowTotal] = [totalOf(reference), totalOf(window)];
  let widest: Gap = { distance: 0, at: NaN, referenceShare: NaN, windowShare: NaN };
  let [below, windowBelow, r, w] = [0, 0, 0, 0];
  while (r < reference.length || w < window.length) {
    const low = Math.min(reference[r]?.low ?? Infinity, window[w]?.low ?? Infinity);
    let high = low;
    for (let bin = reference[r]; bin !== undefined && bin.low <= low; bin = reference[++r]) {
      below += bin.count;
      high = bin.high;
    }
    for (let bin = window[w]; bin !== undefined && bin.low <= low; bin = window[++w]) {
      windowBelow += bin.count;
      high = bin.high;
    }
    const [referenceShare, windowShare] = [below / referenceTotal, windowBelow / windowTotal];
    const distance = Math.abs(referenceShare - windowShare);
    if (distance > widest.distance) widest = { distance, at: high, referenceShare, windowShare };
  }
  return widest;
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
