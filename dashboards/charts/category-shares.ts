import type { Distribution } from '../../daemon/api/contract.ts';

type Histogram = Distribution['current'];

/** One category and its share of each side's records that have a value; null where that side has no records at all. */
export interface CategoryShare {
  readonly value: string;
  readonly current: number | null;
  readonly expected: number | null;
}

/** The commonest categories of either side, then all others together. */
export function categoryShares(current: Histogram, expected: Histogram | null, most: number): CategoryShare[] {
  const now = sharesOf(current);
  const before = expected && sharesOf(expected);
  const values = [...new Set([...(now?.keys() ?? []), ...(before?.keys() ?? [])])].map((value) => ({
    value,
    current: now && (now.get(value) ?? 0),
    expected: before && (before.get(value) ?? 0),
  }));
  values.sort((a, b) => weight(b) - weight(a) || a.value.localeCompare(b.value));
  if (values.length <= most) return values;
  const rest = values.slice(most);
  return [
    ...values.slice(0, most),
    {
      value: `${rest.length} others`,
      current: now && rest.reduce((sum, { current: share }) => sum + (share ?? 0), 0),
      expected: before && rest.reduce((sum, { expected: share }) => sum + (share ?? 0), 0),
    },
  ];
}

function weight(share: CategoryShare): number {
  return Math.max(share.current ?? 0, share.expected ?? 0);
}

function sharesOf({ categories }: Histogram): Map<string, number> | null {
  const total = categories.reduce((sum, { count }) => sum + count, 0);
  return total === 0 ? null : new Map(categories.map(({ value, count }) => [value, count / total]));
}
