import type { Bin, Histogram } from '../../detectors/terms.ts';

/** Two histograms of the same thing as one; bins and categories ascend, as those that the engine adds up. */
export function addHistograms(one: Histogram, other: Histogram): Histogram {
  const categories = new Map(one.categories.map(({ value, count }) => [value, count]));
  for (const { value, count } of other.categories) categories.set(value, count + (categories.get(value) ?? 0));
  return {
    count: one.count + other.count,
    missing: one.missing + other.missing,
    bins: addBins(one.bins, other.bins),
    categories: [...categories]
      .sort(([text], [another]) => (text < another ? -1 : 1))
      .map(([value, count]) => ({ value, count })),
  };
}

export function addBins(one: readonly Bin[], other: readonly Bin[]): Bin[] {
  const bins = new Map(one.map((bin) => [bin.low, bin]));
  for (const bin of other) bins.set(bin.low, { ...bin, count: bin.count + (bins.get(bin.low)?.count ?? 0) });
  return [...bins.values()].sort((a, b) => a.low - b.low);
}
