import { defineDetector } from '../define-detector.ts';
import { noiseOrLimit, wilsonInterval } from '../maths/binomial.ts';
import { onceOf } from '../maths/once-of.ts';
import { totalOf } from '../maths/quantile.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayShare } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import type { Category, Histogram } from '../terms.ts';

/**
 * Share of values that are categories which the reference never had. A feature that always brings new ones (a device, a
 * merchant) is allowed as many as its reference leads to expect.
 */
export const unseenShare = defineDetector({
  name: 'unseen_share',
  title: 'Share of values that are categories which the reference never had',
  kind: 'quality',
  subject: 'feature',
  needs: 'histogram',
  values: 'categories',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the unseen share is above `limit`, and above what the reference and sampling noise allow with `chance`',
  statistic: 'the share of values never seen before',
  say: sayShare,
  settings: {
    limit: { default: 0.01, unit: 'share', meaning: 'largest share that is tolerated', range: [0, 1] },
    minimum_count: atLeast(200, 'values'),
    chance,
  },
  requires: ({ count, missing }, { minimum_count: need }) => [{ what: 'values', have: count - missing, need }],
  measure(reference, window, { limit, chance: rarely }) {
    const count = window.count - window.missing;
    const fresh = unseenCategories(reference, window);
    const unseen = totalOf(fresh);
    return {
      statistic: unseen / count,
      limit: noiseOrLimit(limit, expectedUnseen(reference, rarely / 2), count, rarely / 2),
      explain: () => ({
        interval: wilsonInterval(unseen, count),
        details: { new_categories: fresh.length },
        ...(unseen > 0 && { seen: sayUnseen(fresh, count) }),
      }),
    };
  },
});

function unseenCategories(reference: Histogram, window: Histogram): Category[] {
  const known = categoriesOf(reference);
  return window.categories.filter(({ value, count }) => count > 0 && !known.has(value));
}

const categoriesOf = onceOf(
  ({ categories }: Histogram) => new Set(categories.filter(({ count }) => count > 0).map(({ value }) => value)),
);

/** What a further record is unseen with, at most: Good and Turing's estimate (categories seen once, of all values) with its error. */
const expectedUnseen = onceOf(({ categories, count, missing }: Histogram, rarely: number): number => {
  const of = (times: number): number => categories.filter((category) => category.count === times).length;
  const once = of(1);
  const error = -normalQuantile(rarely) * Math.sqrt(once + 2 * of(2));
  const allowed = categories.length === 0 ? 0 : once + error + Math.log(1 / rarely);
  return Math.min(1, allowed / (count - missing));
});

function sayUnseen(fresh: readonly Category[], count: number): string {
  const most = fresh.toSorted((one, other) => other.count - one.count)[0];
  const others = fresh.length > 1 ? `, the most frequent of ${fresh.length} new values` : '';
  return `${JSON.stringify(most?.value)} makes up ${sayShare((most?.count ?? 0) / count)}${others}`;
}
