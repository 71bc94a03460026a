/**
 * Those whose impact is known in its order, the largest first, on the places that they held among them; all others, which have no
 * impact of their own, stay where they are. Those of one size keep their order.
 * @param sizeOf size of the impact, undefined where none is known
 */
export function rankByImpact<T>(items: readonly T[], sizeOf: (item: T) => number | undefined): T[] {
  const known = items.filter((item) => sizeOf(item) !== undefined);
  const ranked = known.sort((a, b) => (sizeOf(b) ?? 0) - (sizeOf(a) ?? 0)).values();
  return items.map((item) => (sizeOf(item) === undefined ? item : (ranked.next().value ?? item)));
}
