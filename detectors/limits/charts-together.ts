/**
 * The chance of a false alarm at a point that each of many charts is held to, so that of those that fire the expected share that
 * is false, and the chance that any fires when nothing is wrong, stay within `chance` at each point: e-BH (Wang and Ramdas
 * 2022) over what each chart is worth, one over its chance of a false alarm at a point, however the series depend on each
 * other (Dandapanthula and Ramdas 2025, arXiv 2501.04130).
 * @param charts how many are looked at together
 * @param firing of the charts that fire at `chance` each, those that still fire at a smaller one
 */
export function chanceOfChart<Chart>(
  charts: number,
  candidates: readonly Chart[],
  chance: number,
  firing: (candidates: readonly Chart[], each: number) => readonly Chart[],
): number {
  let left = candidates;
  for (;;) {
    const each = (chance * Math.max(1, left.length)) / Math.max(1, charts);
    const still = firing(left, each);
    if (still.length === left.length || still.length === 0) return each;
    left = still;
  }
}
