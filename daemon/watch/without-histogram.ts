import { Bins } from '../../detectors/maths/bins.ts';
import type { Bin, Category, Histogram } from '../../detectors/terms.ts';

/** What is left of a histogram without that of a part of its records; undefined where the part is none of it. */
export function withoutHistogram(whole: Histogram, part: Histogram): Histogram | undefined {
  const bins = without([...whole.bins], [...part.bins], ({ low }: Bin) => low);
  const categories = without(whole.categories, part.categories, ({ value }: Category) => value);
  const [count, missing] = [whole.count - part.count, whole.missing - part.missing];
  if (bins === undefined || categories === undefined || missing < 0 || count < missing) return undefined;
  return { count, missing, bins: Bins.of(bins), categories };
}

function without<Counted extends { readonly count: number }>(
  whole: readonly Counted[],
  part: readonly Counted[],
  keyOf: (counted: Counted) => number | string,
): Counted[] | undefined {
  const taken = new Map(part.map((counted) => [keyOf(counted), counted.count]));
  const left = whole.map((counted) => {
    const count = counted.count - (taken.get(keyOf(counted)) ?? 0);
    taken.delete(keyOf(counted));
    return { ...counted, count };
  });
  if (left.some(({ count }) => count < 0) || [...taken.values()].some((count) => count > 0)) return undefined;
  return left.filter(({ count }) => count > 0);
}
