import { defineDetector } from '../define-detector.ts';
import { noiseOrLimit, wilsonInterval } from '../maths/binomial.ts';
import { totalOf } from '../maths/quantile.ts';
import { sayNumber, sayShare } from '../say.ts';
import { atLeast, chance } from '../settings.ts';

/** Share of numbers below the lowest or above the highest that the reference had, to the width of a bin (1/32). */
export const outOfRangeShare = defineDetector({
  name: 'out_of_range_share',
  title: 'Share of numbers that lie outside the range of the reference',
  kind: 'quality',
  subject: 'feature',
  needs: 'histogram',
  values: 'numbers',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the share is above `limit`, and above what lies beyond the extremes of such a reference with `chance`',
  statistic: 'the share outside the range of the reference',
  say: sayShare,
  settings: {
    limit: { default: 0.01, unit: 'share', meaning: 'largest share that is tolerated', range: [0, 1] },
    minimum_count: atLeast(200, 'numbers'),
    chance,
  },
  requires: ({ bins }, { minimum_count: need }) => [{ what: 'numbers', have: totalOf(bins), need }],
  measure(reference, window, { limit, chance: rarely }) {
    const filled = reference.bins.filter(({ count }) => count > 0);
    const lowest = filled[0]?.low ?? NaN;
    const highest = filled.at(-1) ?? { low: NaN, high: NaN };
    const below = totalOf(window.bins.filter(({ low }) => low < lowest));
    const above = totalOf(window.bins.filter(({ low }) => low > highest.low));
    const count = totalOf(window.bins);
    const share = (below + above) / count;
    // What lies beyond the lowest, or the highest, of m values is more than x with a chance of (1 - x)^m.
    const beyond = Math.min(1, (2 * Math.log(4 / rarely)) / totalOf(reference.bins));
    const side = above >= below ? `${sayShare(above / count)} above` : `${sayShare(below / count)} below`;
    return {
      statistic: share,
      limit: noiseOrLimit(limit, beyond, count, rarely / 2),
      interval: wilsonInterval(below + above, count),
      details: { below: below / count, above: above / count },
      ...(share > 0 && {
        seen: `the reference lies between ${sayNumber(lowest)} and ${sayNumber(highest.high)}, ${side}`,
      }),
    };
  },
});
