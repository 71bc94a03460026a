import { defineDetector } from '../define-detector.ts';
import type { Bins } from '../maths/bins.ts';
import { onceOf } from '../maths/once-of.ts';
import { quantile } from '../maths/quantile.ts';
import { clippedSpread, earthMove } from '../maths/wasserstein.ts';
import { sayNumber } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import { sayShift } from './compare-groups.ts';

/** A normal distribution's interquartile range is this many standard deviations. */
const IQR_OF_NORMAL = 1.349;

/**
 * Wasserstein-1 distance of a numeric feature in units of the reference's spread, IQR / 1.349: how far, on average, a value
 * has moved. Beyond the reference's own extremes (its lowest and highest per cent) a value counts as that extreme, so one
 * outlier neither blinds nor alarms. `details` has the plain distance too, of values as they are: in the units of the feature,
 * and over the standard deviation of the reference.
 */
export const wasserstein = defineDetector({
  name: 'wasserstein',
  title:
    'How far a value has moved on average, in spreads of the reference (Wasserstein-1 of values clipped to its extremes, over IQR / 1.349)',
  kind: 'drift',
  subject: 'feature',
  needs: 'histogram',
  values: 'numbers',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the distance is above `limit`, and above what sampling noise reaches with `chance`',
  statistic: 'the Wasserstein distance',
  say: (spreads) => `${sayNumber(spreads)} spreads`,
  settings: {
    limit: { default: 0.1, unit: 'spreads', meaning: 'largest distance that is no drift', range: [0.001, 1000] },
    extreme: {
      default: 0.01,
      unit: 'share',
      meaning: 'share of the reference at either end beyond which a value counts as the extreme',
      range: [0.0001, 0.1],
    },
    minimum_count: atLeast(200, 'numbers'),
    chance,
  },
  requires: ({ bins }, { minimum_count: need }) => [{ what: 'numbers', have: bins.total, need }],
  measure(reference, window, { limit, extreme, chance: rarely }) {
    const [n, m] = [window.bins.total, reference.bins.total];
    const scale = scaleOf(reference.bins, extreme);
    const { low, high, iqr } = scale;
    const { deviation, scatter } = clippedSpread(reference.bins, scale);
    const move = earthMove(reference.bins, window.bins, low, high, false);
    const spread = iqr > 0 ? iqr / IQR_OF_NORMAL : deviation;
    if (spread === 0) return { insufficient: 'the reference holds one value only, which has no spread' };
    const noise = noisyMove(scatter, deviation, high - low, (n * m) / (n + m), rarely);
    return {
      statistic: move.clipped / spread,
      limit: Math.max(limit, noise / spread),
      explain() {
        const { error } = earthMove(reference.bins, window.bins, low, high);
        const plain = deviationOf(reference.bins);
        return {
          seen: sayShift(reference, window) ?? `one spread of the reference is ${sayNumber(spread)}`,
          interval: [Math.max(0, move.clipped - 1.96 * error) / spread, (move.clipped + 1.96 * error) / spread],
          details: {
            spread,
            ...(Number.isFinite(move.distance) && { distance: move.distance }),
            ...(Number.isFinite(move.distance / plain) && { by_deviation: move.distance / plain }),
          },
        };
      },
    };
  },
});

/** Standard deviation of all values, a bin counted at its middle. */
const deviationOf = onceOf(({ low, high, count, from, to, total }: Bins) => {
  let [mean, squares] = [0, 0];
  for (let at = from; at < to; at++) mean += (((low[at]! + high[at]!) / 2) * count[at]!) / total;
  for (let at = from; at < to; at++) squares += (((low[at]! + high[at]!) / 2 - mean) ** 2 * count[at]!) / total;
  return Math.sqrt(squares);
});

/** The extremes of a reference, and its interquartile range. */
const scaleOf = onceOf((bins: Bins, extreme: number) => ({
  low: quantile(bins, extreme),
  high: quantile(bins, 1 - extreme),
  iqr: quantile(bins, 0.75) - quantile(bins, 0.25),
}));

/**
 * The distance that sampling noise alone passes with this chance: its mean is at most the integral of sqrt(F (1 - F) / n),
 * and above it goes what Bousquet (2002) gives for the largest of many bounded means, which W1 is by Kantorovich's duality.
 */
function noisyMove(scatter: number, deviation: number, range: number, count: number, rarely: number): number {
  const mean = scatter / Math.sqrt(count);
  const rare = Math.log(1 / rarely);
  const spread = deviation ** 2 + 2 * range * mean;
  return mean + Math.sqrt((2 * rare * spread) / count) + (rare * range) / (3 * count);
}
