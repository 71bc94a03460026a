/**
 * The p-value at and below which tests made together count, so that of those that count the expected share that is none
 * stays under `rate`, also when they are positively dependent (Benjamini and Hochberg 1995; Benjamini and Yekutieli 2001).
 * @param pValues those that could count; the others of the family are taken to be 1
 * @param tests how many were made in all
 * @returns 0 when none counts
 */
export function discoveryBar(pValues: readonly number[], tests: number, rate: number): number {
  const ascending = pValues.toSorted((one, other) => one - other);
  for (let rank = ascending.length; rank > 0; rank--) {
    const allowed = (rate * rank) / Math.max(tests, ascending.length);
    if ((ascending[rank - 1] ?? 1) <= allowed) return allowed;
  }
  return 0;
}
