import { chiSquareSurvival } from './special.ts';

/** Expected records below which a group is no group of its own (Cochran 1954). */
export const LEAST_EXPECTED = 5;

/** How window counts fit the shares of a reference. */
export interface Fit {
  /** Sum of (c - e)^2 / e: Pearson's chi-square. */
  readonly pearson: number;
  /** 2 times the sum of c ln(c / e): G, the likelihood ratio. */
  readonly likelihood: number;
  readonly degrees: number;
}

/**
 * Pearson's chi-square and G of a window, with the shares of the reference scaled to it as what is expected. Groups that
 * expect fewer than `LEAST_EXPECTED` must be merged before.
 */
export function fitOf(reference: readonly number[], window: readonly number[]): Fit {
  const scale = totalOf(window) / totalOf(reference);
  let [pearson, likelihood, groups] = [0, 0, 0];
  for (const [group, count] of reference.entries()) {
    const [expected, observed] = [count * scale, window[group] ?? 0];
    if (expected === 0 && observed === 0) continue;
    pearson += (observed - expected) ** 2 / expected;
    if (observed > 0) likelihood += 2 * observed * Math.log(observed / expected);
    groups++;
  }
  return { pearson, likelihood: Math.max(0, likelihood), degrees: Math.max(0, groups - 1) };
}

/**
 * Chance of a fit at least this bad when both are samples of one distribution: the reference scatters too, which makes
 * either statistic (1 + n/m) times a chi-square variable, n being the records of the window and m of the reference.
 */
export function fitProbability(statistic: number, degrees: number, n: number, m: number): number {
  return degrees === 0 ? 1 : chiSquareSurvival(statistic / (1 + n / m), degrees);
}

/**
 * Merges the groups that expect fewer than `LEAST_EXPECTED` records of the window into one; where that is still too few,
 * the next smallest join it.
 */
export function mergeRare(
  reference: readonly number[],
  window: readonly number[],
): { readonly reference: readonly number[]; readonly window: readonly number[] } {
  const scale = totalOf(window) / totalOf(reference);
  const pairs = reference
    .map((count, group) => [count, window[group] ?? 0] as const)
    .filter(([before, after]) => before > 0 || after > 0)
    .sort(([one], [other]) => one - other);
  let [rare, before, after] = [0, 0, 0];
  for (const [expected, observed] of pairs) {
    const large = expected * scale >= LEAST_EXPECTED;
    if (large && (rare === 0 || before * scale >= LEAST_EXPECTED)) break;
    before += expected;
    after += observed;
    rare++;
  }
  const kept = pairs.slice(rare);
  const merged = rare === 0 ? kept : [[before, after] as const, ...kept];
  return { reference: merged.map(([count]) => count), window: merged.map(([, count]) => count) };
}

/** Pearson's chi-square of the table that two counts over the same groups make (SciPy's `chi2_contingency`). */
export function tableChiSquare(
  reference: readonly number[],
  window: readonly number[],
): { readonly statistic: number; readonly degrees: number } {
  const [m, n] = [totalOf(reference), totalOf(window)];
  let [statistic, groups] = [0, 0];
  for (const [group, count] of reference.entries()) {
    const other = window[group] ?? 0;
    if (count + other === 0) continue;
    const [before, after] = [((count + other) * m) / (n + m), ((count + other) * n) / (n + m)];
    statistic += (count - before) ** 2 / before + (other - after) ** 2 / after;
    groups++;
  }
  return { statistic, degrees: Math.max(0, groups - 1) };
}

/**
 * Cramer's V of a table of two rows, without the bias that many groups give it (Bergsma 2013); 0 when it is no more than
 * chance gives.
 */
export function cramersV(statistic: number, degrees: number, count: number): number {
  const squared = Math.max(0, statistic / count - degrees / (count - 1));
  const columns = degrees + 1 - degrees ** 2 / (count - 1);
  const rows = 2 - 1 / (count - 1);
  return degrees === 0 ? 0 : Math.sqrt(squared / Math.min(columns - 1, rows - 1));
}

function totalOf(counts: readonly number[]): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
