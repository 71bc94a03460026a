import { sayShare } from '../say.ts';
import { errorOf, totalVariation } from './divergence.ts';
import type { Category } from '../terms.ts';

/** How far the shares of categories moved. */
export interface CategoryShift {
  /** Total variation distance: the share of records that would have to change their category. */
  readonly distance: number;
  /** What sampling alone reaches with the given chance when nothing changed. */
  readonly noise: number;
  /** 95 %, by the delta method: as `errorOf`. */
  readonly interval: readonly [number, number];
  /** The category that moved most, in words. */
  readonly seen: string;
}

/**
 * Total variation distance of two counts of categories. Noise: the mean under no change is at most
 * sum sqrt(p (1 - p)) sqrt(1/n + 1/m) / 2, and by McDiarmid's inequality it is passed by sqrt((1/n + 1/m) ln(1/chance) / 2).
 */
export function wholeDrift(reference: readonly Category[], window: readonly Category[], chance: number): CategoryShift {
  const [then, now] = [countsOf(reference), countsOf(window)];
  const scale = 1 / then.total + 1 / now.total;
  let [distance, scatter, most, seen] = [0, 0, -1, ''];
  const values = [...new Set([...then.counts.keys(), ...now.counts.keys()])];
  for (const value of values) {
    const [before, after] = [(then.counts.get(value) ?? 0) / then.total, (now.counts.get(value) ?? 0) / now.total];
    const pooled = ((then.counts.get(value) ?? 0) + (now.counts.get(value) ?? 0)) / (then.total + now.total);
    distance += Math.abs(after - before) / 2;
    scatter += Math.sqrt(pooled * (1 - pooled)) / 2;
    if (Math.abs(after - before) <= most) continue;
    most = Math.abs(after - before);
    seen = `the share of ${JSON.stringify(value)} moved from ${sayShare(before)} to ${sayShare(after)}`;
  }
  const countsIn = (counts: ReadonlyMap<string, number>) => values.map((value) => counts.get(value) ?? 0);
  const half = 1.96 * errorOf(countsIn(then.counts), countsIn(now.counts), totalVariation);
  const interval = [Math.max(0, distance - half), Math.min(1, distance + half)] as const;
  return {
    distance,
    interval,
    noise: scatter * Math.sqrt(scale) + Math.sqrt((scale * Math.log(1 / chance)) / 2),
    seen,
  };
}

function countsOf(categories: readonly Category[]): { counts: ReadonlyMap<string, number>; total: number } {
  const counts = new Map(categories.map(({ value, count }) => [value, count]));
  return { counts, total: categories.reduce((sum, { count }) => sum + count, 0) };
}
