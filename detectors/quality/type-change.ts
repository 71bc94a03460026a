import { defineDetector } from '../define-detector.ts';
import {
  highestTrueShare,
  isHardlyBelow,
  lowestShare,
  lowestTrueShare,
  noiseOrLimit,
  wilsonInterval,
} from '../maths/binomial.ts';
import { onceOf } from '../maths/once-of.ts';
import { sayShare } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import type { Histogram } from '../terms.ts';

/** Change of the share of values that are numbers: text where numbers were, or the other way round. Booleans are text here. */
export const typeChange = defineDetector({
  name: 'type_change',
  title: 'Share of values that changed their type: text where numbers were, or numbers where text was',
  kind: 'quality',
  subject: 'feature',
  needs: 'histogram',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the share of numbers changed by more than `limit`, and by more than sampling noise reaches with `chance`',
  statistic: 'the share of values that changed their type',
  say: sayShare,
  settings: {
    limit: { default: 0.01, unit: 'share', meaning: 'largest share that is tolerated', range: [0, 1] },
    minimum_count: atLeast(200, 'values'),
    chance,
  },
  requires: ({ count, missing }, { minimum_count: need }) => [{ what: 'values', have: count - missing, need }],
  measure(reference, window, { limit, chance: rarely }) {
    const count = window.count - window.missing;
    const [now, then] = [numberShare(window), numberShare(reference)];
    const noise = rarely / 2;
    const { atMost, atLeast: least } = trueShares(reference, noise);
    const further =
      now > then
        ? noiseOrLimit(Math.min(1, then + limit), atMost, count, noise) - then
        : isHardlyBelow(then - limit, least, count, noise)
          ? limit
          : then - lowestShare(least, count, noise);
    return {
      statistic: Math.abs(now - then),
      limit: Math.max(limit, further),
      explain() {
        const [low, high] = wilsonInterval(window.bins.total, count);
        return {
          seen: `numbers made up ${sayShare(then)} of the values and make up ${sayShare(now)} now`,
          interval: now >= then ? [Math.max(0, low - then), high - then] : [Math.max(0, then - high), then - low],
        };
      },
    };
  },
});

/** The shares of numbers that a reference like this one may come from. */
const trueShares = onceOf((reference: Histogram, noise: number) => {
  const [share, count] = [numberShare(reference), reference.count - reference.missing];
  return { atMost: highestTrueShare(share, count, noise), atLeast: lowestTrueShare(share, count, noise) };
});

function numberShare({ bins, count, missing }: Histogram): number {
  return bins.total / (count - missing);
}
