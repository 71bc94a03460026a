import type { Category, Histogram } from '../terms.ts';
import { sayNumber } from '../say.ts';
import type { Bins } from './bins.ts';
import { onceOf } from './once-of.ts';

/**
 * Groups that every value of a feature falls into, made from a reference: numbers between ascending `edges` (the first
 * group lies below the reference's smallest value, the last above its largest), each common category, and one group for
 * all other categories, seen or not.
 */
export interface Partition {
  readonly edges: readonly number[];
  /** The group of each common category. */
  readonly categories: ReadonlyMap<string, number>;
  readonly size: number;
}

/** Most categories that are a group of their own, and the expected records without which one is not. */
const MOST_CATEGORIES = 50;
const EXPECTED_AT_LEAST = 10;

/** Cuts the reference near the quantiles `cuts` (ascending, 0..1), always between bins, for a window of `count` values. */
export function partition(reference: Histogram, count: number, cuts: readonly number[]): Partition {
  const total = reference.count - reference.missing;
  // Without categories all windows share one partition.
  const least = reference.categories.length === 0 ? 0 : EXPECTED_AT_LEAST * Math.max(1, total / count);
  return groupsOf(cut(reference, cuts), least);
}

interface Cut {
  readonly edges: readonly number[];
  readonly categories: readonly Category[];
}

const cut = onceOf(({ bins, categories }: Histogram, cuts: readonly number[]): Cut => {
  return { edges: edgesOf(bins, cuts), categories };
});

const groupsOf = onceOf(({ edges, categories }: Cut, least: number): Partition => {
  const common = commonCategories(categories, least);
  const start = edges.length + 1;
  return {
    edges,
    categories: new Map(common.map(({ value }, at) => [value, start + at])),
    size: start + common.length + 1,
  };
});

/** Records of each group of the partition. */
export function countByGroup({ edges, categories, size }: Partition, histogram: Histogram): number[] {
  const counts: number[] = [];
  for (let at = 0; at < size; at++) counts.push(0);
  const { low, count, from, to } = histogram.bins;
  // Both ascend.
  let at = from;
  for (let group = 0; group <= edges.length; group++) {
    const edge = edges[group] ?? Infinity;
    let sum = 0;
    for (; at < to && low[at]! < edge; at++) sum += count[at]!;
    counts[group] = sum;
  }
  for (const category of histogram.categories) counts[categories.get(category.value) ?? size - 1]! += category.count;
  return counts;
}

/** A group in words: "values from 12 to 40", "EU". */
export function sayGroup({ edges, categories, size }: Partition, group: number): string {
  if (group === size - 1) return 'other categories';
  for (const [value, at] of categories) if (at === group) return JSON.stringify(value);
  const [from, to] = [edges[group - 1], edges[group]];
  if (from === undefined) return to === undefined ? 'numbers' : `values below ${sayNumber(to)}`;
  return to === undefined ? `values from ${sayNumber(from)} up` : `values from ${sayNumber(from)} to ${sayNumber(to)}`;
}

/** A cut lies before or after its bin, whichever is nearer, so that one frequent value becomes a group of its own. */
function edgesOf(bins: Bins, cuts: readonly number[]): number[] {
  const { low, high, count, from, to, total } = bins.filled();
  if (from === to) return [];
  const edges = [low[from]!];
  let below = 0;
  let next = 0;
  for (let at = from; at < to; at++) {
    const above = below + count[at]! / total;
    while (next < cuts.length && (cuts[next] ?? 1) <= above) {
      const wanted = cuts[next] ?? 1;
      const edge = wanted - below < above - wanted ? low[at]! : at + 1 < to ? low[at + 1]! : high[at]!;
      if (edges.at(-1) !== edge) edges.push(edge);
      next++;
    }
    below = above;
  }
  if (edges.at(-1) !== high[to - 1]) edges.push(high[to - 1]!);
  return edges;
}

/** Rare ones are counted together: one record more or less of each would otherwise look like drift. */
function commonCategories(categories: readonly Category[], least: number): Category[] {
  return categories
    .filter((category) => category.count >= least)
    .toSorted((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1))
    .slice(0, MOST_CATEGORIES);
}
