import { defineDetector } from '../define-detector.ts';
import { noiseOrLimit, wilsonInterval } from '../maths/binomial.ts';
import { onceOf } from '../maths/once-of.ts';
import { totalOf } from '../maths/quantile.ts';
import { sayNumber, sayShare } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import type { Bin } from '../terms.ts';

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
    const { lowest, highest } = rangeOf(reference.bins);
    let [below, above] = [0, 0];
    for (const bin of window.bins) {
      if (bin.low < lowest.low) below += bin.count;
      else if (bin.low > highest.low) above += bin.count;
    }
    const count = totalOf(window.bins);
    const share = (below + above) / count;
    // What lies beyond the lowest, or the highest, of m values is more than x with a chance of (1 - x)^m.
    const beyond = Math.min(1, (2 * Math.log(4 / rarely)) / totalOf(reference.bins));
    return {
      statistic: share,
      limit: noiseOrLimit(limit, beyond, count, rarely / 2),
      explain() {
        const side = above >= below ? `${sayShare(above / count)} above` : `${sayShare(below / count)} below`;
        const range = `the reference lies between ${sayNumber(lowest.low)} and ${sayNumber(highest.high)}`;
        return {
          interval: wilsonInterval(below + above, count),
          details: { below: below / count, above: above / count },
          ...(share > 0 && { seen: `${range}, ${side}` }),
        };
      },
    };
  },
});

/** The outermost bins of a reference that hold anything. */
const rangeOf = onceOf((bins: readonly Bin[]) => {
  const filled = bins.filter(({ count }) => count > 0);
  const none = { low: NaN, high: NaN };
  return { lowest: filled[0] ?? none, highest: filled.at(-1) ?? none };
});
