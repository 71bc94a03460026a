import type { Bin, Durations, Histogram } from '../../detectors/terms.ts';
import type { Judged, Summaries } from './judge.ts';

/** What the rollups say of one stretch. */
export type Traffic = Pick<Summaries, 'features' | 'scores' | 'operations'>;

/** Several stretches as one: what lies in the same place is added up. */
export function mergeTraffic(stretches: readonly Traffic[]): Traffic {
  return {
    features: mergeBy(
      stretches.flatMap(({ features }) => features),
      addHistogram,
    ),
    scores: mergeBy(
      stretches.flatMap(({ scores }) => scores),
      addHistogram,
    ),
    operations: mergeBy(
      stretches.flatMap(({ operations }) => operations),
      addDurations,
    ),
  };
}

function mergeBy<S extends Histogram | Durations>(
  all: readonly Judged<S>[],
  add: (one: S, other: S) => S,
): Judged<S>[] {
  const places = new Map<string, Judged<S>>();
  for (const judged of all) {
    const key = JSON.stringify([judged.version, judged.slice, judged.subject]);
    const known = places.get(key);
    places.set(key, known === undefined ? judged : { ...judged, summary: add(known.summary, judged.summary) });
  }
  return [...places.values()];
}

function addHistogram(one: Histogram, other: Histogram): Histogram {
  const categories = new Map(one.categories.map(({ value, count }) => [value, count]));
  for (const { value, count } of other.categories) categories.set(value, count + (categories.get(value) ?? 0));
  return {
    count: one.count + other.count,
    missing: one.missing + other.missing,
    bins: addBins(one.bins, other.bins),
    categories: [...categories].map(([value, count]) => ({ value, count })),
  };
}

function addDurations(one: Durations, other: Durations): Durations {
  return {
    count: one.count + other.count,
    errors: one.errors + other.errors,
    bins: addBins(one.bins, other.bins),
  };
}

function addBins(one: readonly Bin[], other: readonly Bin[]): Bin[] {
  const bins = new Map(one.map((bin) => [bin.low, bin]));
  for (const bin of other) bins.set(bin.low, { ...bin, count: bin.count + (bins.get(bin.low)?.count ?? 0) });
  return [...bins.values()].sort((a, b) => a.low - b.low);
}
