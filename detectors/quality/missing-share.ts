import { defineDetector } from '../define-detector.ts';
import { highestTrueShare, noiseOrLimit, wilsonInterval } from '../maths/binomial.ts';
import { onceOf } from '../maths/once-of.ts';
import { sayShare } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import type { Histogram } from '../terms.ts';

/** By how much the share of records without the feature has grown over the reference. */
export const missingShare = defineDetector({
  name: 'missing_share',
  title: 'By how much more often a feature is missing than in the reference',
  kind: 'quality',
  subject: 'feature',
  needs: 'histogram',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the missing share grew by more than `limit`, and by more than sampling noise reaches with `chance`',
  statistic: 'the growth of the missing share',
  say: sayShare,
  settings: {
    limit: { default: 0.05, unit: 'share', meaning: 'largest growth that is tolerated', range: [0, 1] },
    minimum_count: atLeast(200, 'records'),
    chance,
  },
  requires: ({ count }, { minimum_count: need }) => [{ what: 'records', have: count, need }],
  measure(reference, window, { limit, chance: rarely }) {
    const before = reference.missing / reference.count;
    const after = window.missing / window.count;
    return {
      statistic: after - before,
      limit: noiseOrLimit(before + limit, highestMissing(reference, rarely), window.count, rarely / 2) - before,
      explain() {
        const [low, high] = wilsonInterval(window.missing, window.count);
        return {
          seen: `it was missing in ${sayShare(before)} of the records and is missing in ${sayShare(after)} now`,
          interval: [low - before, high - before],
        };
      },
    };
  },
});

/** The largest missing share that a reference like this one may come from. */
const highestMissing = onceOf(({ missing, count }: Histogram, rarely: number) =>
  highestTrueShare(missing / count, count, rarely / 2),
);
