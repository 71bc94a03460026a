import { Bins } from '../../detectors/maths/bins.ts';
import { binCode, binEdges } from '../../detectors/maths/log-bins.ts';
import type { Histogram, Summary } from '../../detectors/terms.ts';
import { addBins } from '../store/add-histograms.ts';
import type { Judged } from './judge.ts';

/** One thing to be judged beside what it is held against. */
export interface Pair {
  readonly judged: Judged<Summary>;
  readonly against: Summary | null;
  /** Its place, as text. */
  readonly at: string;
}

/** Features that the reference has and the window lacks, as wholly missing where the slice has traffic. */
export function withVanishedFeatures(
  pairs: readonly Pair[],
  expected: ReadonlyMap<string, Judged<Summary>>,
): readonly Pair[] {
  const missing = absentIn(pairs, expected);
  if (missing.length === 0) return pairs;
  const traffic = new Map<string, number>();
  for (const { judged } of pairs) {
    const { count } = judged.summary as Histogram;
    traffic.set(judged.slice, Math.max(traffic.get(judged.slice) ?? 0, count));
  }
  const vanished = missing.flatMap(([at, judged]): Pair[] => {
    const count = traffic.get(judged.slice);
    if (count === undefined) return [];
    const summary: Histogram = { count, missing: count, bins: Bins.none, categories: [] };
    return [{ judged: { ...judged, summary }, against: judged.summary, at }];
  });
  return [...pairs, ...vanished];
}

/**
 * Classes whose score the reference has and no prediction of the window, while those of other classes are there: what is not
 * named among probabilities has none, in window and reference alike. A window without any scores tells nothing of its classes.
 */
export function withVanishedClasses(
  pairs: readonly Pair[],
  expected: ReadonlyMap<string, Judged<Summary>>,
): readonly Pair[] {
  const traffic = new Map<string, number>();
  for (const { judged } of pairs) {
    const { count, missing } = judged.summary as Histogram;
    if (judged.subject !== '' && missing < count) traffic.set(groupOf(judged), count);
  }
  const isGone = ({ judged, against }: Pair): boolean => {
    const { count, missing } = judged.summary as Histogram;
    return judged.subject !== '' && against !== null && missing === count && traffic.has(groupOf(judged));
  };
  const absent = absentIn(pairs, expected)
    .filter(([, judged]) => judged.subject !== '' && traffic.has(groupOf(judged)))
    .map(([at, judged]): Pair => ({ judged, against: judged.summary, at }));
  const vanished = (pair: Pair): Pair => {
    const count = traffic.get(groupOf(pair.judged))!;
    const none: Histogram = { count, missing: count, bins: Bins.none, categories: [] };
    return {
      ...pair,
      judged: { ...pair.judged, summary: withZeros(none) },
      against: withZeros(pair.against as Histogram),
    };
  };
  if (absent.length === 0 && !pairs.some(isGone)) return pairs;
  return [...pairs.map((pair) => (isGone(pair) ? vanished(pair) : pair)), ...absent.map(vanished)];
}

function absentIn(pairs: readonly Pair[], expected: ReadonlyMap<string, Judged<Summary>>) {
  const seen = new Set(pairs.map(({ at }) => at));
  return [...expected].filter(([at]) => !seen.has(at));
}

/** A histogram whose missing probabilities are 0. */
function withZeros({ count, missing, bins, categories }: Histogram): Histogram {
  const [low, high] = binEdges(binCode(0));
  return {
    count,
    missing: 0,
    bins: missing === 0 ? bins : addBins(Bins.of([{ low, high, count: missing }]), bins),
    categories,
  };
}

function groupOf({ version, slice }: Judged<Summary>): string {
  return JSON.stringify([version, slice]);
}
