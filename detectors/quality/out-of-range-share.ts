import { defineDetector } from '../define-detector.ts';
import { noiseOrLimit, wilsonInterval } from '../maths/binomial.ts';
import type { Bins } from '../maths/bins.ts';
import { onceOf } from '../maths/once-of.ts';
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
  requires: ({ bins }, { minimum_count: need }) => [{ what: 'numbers', have: bins.total, need }],
  measure(reference, window, { limit, chance: rarely }) {
    const { lowest, highest, end } = rangeOf(reference.bins);
    let [below, above] = [0, 0];
    const { low, count: counts, from, to, total: count } = window.bins;
    // Bins ascend: only those outside are looked at.
    let first = from;
    for (; first < to && low[first]! < lowest; first++) below += counts[first]!;
    for (let last = to - 1; last >= first && low[last]! > highest; last--) above += counts[last]!;
    const share = (below + above) / count;
    // What lies beyond the lowest, or the highest, of m values is more than x with a chance of (1 - x)^m.
    const beyond = Math.min(1, (2 * Math.log(4 / rarely)) / reference.bins.total);
    return {
      statistic: share,
      limit: noiseOrLimit(limit, beyond, count, rarely / 2),
      explain() {
        const side = above >= below ? `${sayShare(above / count)} above` : `${sayShare(below / count)} below`;
        const range = `the reference lies between ${sayNumber(lowest)} and ${sayNumber(end)}`;
        return {
          interval: wilsonInterval(below + above, count),
          details: { below: below / count, above: above / count },
          ...(share > 0 && { seen: `${range}, ${side}` }),
        };
      },
    };
  },
});

/** Where the lowest and the highest bin of a reference that hold anything begin, and where the highest ends. */
const rangeOf = onceOf((bins: Bins) => {
  const { low, high, from, to } = bins.filled();
  if (from === to) return { lowest: NaN, highest: NaN, end: NaN };
  return { lowest: low[from]!, highest: low[to - 1]!, end: high[to - 1]! };
});
