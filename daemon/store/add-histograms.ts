import { Bins } from '../../detectors/maths/bins.ts';
import type { Histogram } from '../../detectors/terms.ts';

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

/** Bins that begin at the same value are the same. */
export function addBins(one: Bins, other: Bins): Bins {
  const most = one.length + other.length;
  const [low, high, count] = [new Float64Array(most), new Float64Array(most), new Float64Array(most)];
  let [end, a, b] = [0, one.from, other.from];
  for (; a < one.to || b < other.to; end++) {
    const [first, second] = [a < one.to ? one.low[a]! : Infinity, b < other.to ? other.low[b]! : Infinity];
    const [source, place] = first <= second ? [one, a] : [other, b];
    low[end] = source.low[place]!;
    high[end] = source.high[place]!;
    count[end] = (first <= second ? one.count[a++]! : 0) + (second <= first ? other.count[b++]! : 0);
  }
  return new Bins(low, high, count, 0, end);
}
