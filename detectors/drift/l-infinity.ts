import { defineDetector } from '../define-detector.ts';
import { highestShare, highestTrueShare, lowestShare, lowestTrueShare } from '../maths/binomial.ts';
import { largestDifference } from '../maths/largest-difference.ts';
import { sayShare } from '../say.ts';
import { groupBoth, groupSettings, sayShares, type Grouped } from './compare-groups.ts';

/** L-infinity distance: by how much the share of any one group (a decile, a category) has changed. */
export const lInfinity = defineDetector({
  name: 'l_infinity',
  title: 'By how much the share of any one category, or decile of numbers, has changed (L-infinity)',
  kind: 'drift',
  subject: 'feature',
  needs: 'histogram',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the change is above `limit`, and above what sampling noise reaches with `chance`',
  statistic: 'the largest change of a share',
  say: sayShare,
  settings: groupSettings({
    default: 0.1,
    unit: 'share',
    meaning: 'largest change that is no drift',
    range: [0.001, 1],
  }),
  requires: ({ count, missing }, { minimum_count: need }) => [{ what: 'values', have: count - missing, need }],
  measure(reference, window, { limit, chance }) {
    const grouped = groupBoth(reference, window);
    const { expected, observed, count, referenceCount } = grouped;
    const { value, group } = largestDifference(expected, observed);
    const [now, then] = [(observed[group] ?? 0) / count, (expected[group] ?? 0) / referenceCount];
    const error = Math.sqrt((now * (1 - now)) / count + (then * (1 - then)) / referenceCount);
    return {
      statistic: value,
      limit: Math.max(limit, noisyDifference(grouped, chance)),
      seen: sayShares(grouped, group),
      interval: [Math.max(0, value - 1.96 * error), Math.min(1, value + 1.96 * error)],
    };
  },
});

/** Chernoff's bound for the share nearest to a half, which scatters most; each group has its part of the chance. */
function noisyDifference({ expected, count, referenceCount }: Grouped, chance: number): number {
  const shares = expected.map((each) => each / referenceCount);
  const widest = shares.reduce((one, other) => (Math.abs(other - 0.5) < Math.abs(one - 0.5) ? other : one), 0);
  const part = chance / (4 * Math.max(1, shares.length));
  const up = highestShare(highestTrueShare(widest, referenceCount, part), count, part) - widest;
  const down = widest - lowestShare(lowestTrueShare(widest, referenceCount, part), count, part);
  return Math.max(up, down);
}
