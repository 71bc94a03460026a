import type { Durations, Histogram, Summary } from '../../detectors/terms.ts';
import { addBins, addHistograms } from '../store/add-histograms.ts';
import type { Judged, Summaries } from './judge.ts';

/** What the rollups say of one stretch. */
export type Traffic = Pick<Summaries, 'features' | 'scores' | 'decisions' | 'operations'>;

/** Several stretches as one: what lies in the same place is added up. */
export function mergeTraffic(stretches: readonly Traffic[]): Traffic {
  return {
    features: mergeBy(
      stretches.flatMap(({ features }) => features),
      addHistograms,
    ),
    scores: mergeBy(
      stretches.flatMap(({ scores }) => scores),
      addHistograms,
    ),
    decisions: mergeBy(
      stretches.flatMap(({ decisions = [] }) => decisions),
      addHistograms,
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

/** Two of one kind: histograms, or durations. */
export function addSummaries(one: Summary, other: Summary): Summary {
  return 'errors' in one
    ? addDurations(one as Durations, other as Durations)
    : addHistograms(one as Histogram, other as Histogram);
}

function addDurations(one: Durations, other: Durations): Durations {
  return {
    count: one.count + other.count,
    errors: one.errors + other.errors,
    bins: addBins(one.bins, other.bins),
  };
}
