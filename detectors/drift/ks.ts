import { defineDetector } from '../define-detector.ts';
import { gapProbability, largestGap, largestGapAtMost, noiseGap } from '../maths/kolmogorov-smirnov.ts';
import { sayNumber, sayShare } from '../say.ts';
import { atLeast, chance } from '../settings.ts';

/**
 * Kolmogorov-Smirnov distance of a numeric feature: the largest difference between the cumulative distributions of
 * window and reference, with its asymptotic p (Stephens' correction for small samples). It is taken at the edges of bins,
 * so that of the values themselves may be larger: by no more than the fullest bin holds; `details.at_most` bounds it. A feature of text has no order, and is `insufficient`.
 */
export const ks = defineDetector({
  name: 'ks',
  title:
    'Largest difference between the cumulative distributions of window and reference, at the edges of bins (Kolmogorov-Smirnov)',
  kind: 'drift',
  subject: 'feature',
  needs: 'histogram',
  values: 'numbers',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen:
    'the distance is above `limit`, and above what sampling noise reaches with `chance`. That of the values themselves is larger by no more than the share of the fullest bin, and at most `at_most` of the details; their `p` is asymptotic, with the correction of Stephens (1970) for small samples',
  statistic: 'the Kolmogorov-Smirnov distance',
  say: sayNumber,
  settings: {
    limit: { default: 0.1, unit: 'share', meaning: 'largest difference that is no drift', range: [0.001, 1] },
    minimum_count: atLeast(200, 'numbers'),
    chance,
  },
  requires: ({ bins }, { minimum_count: need }) => [{ what: 'numbers', have: bins.total, need }],
  measure(reference, window, { limit, chance: rarely }) {
    const [n, m] = [window.bins.total, reference.bins.total];
    const { distance, at, referenceShare, windowShare } = largestGap(reference.bins, window.bins);
    const error = Math.sqrt((windowShare * (1 - windowShare)) / n + (referenceShare * (1 - referenceShare)) / m);
    return {
      statistic: distance,
      limit: Math.max(limit, noiseGap(rarely, n, m)),
      interval: [Math.max(0, distance - 1.96 * error), Math.min(1, distance + 1.96 * error)],
      details: { p: gapProbability(distance, n, m), at_most: largestGapAtMost(reference.bins, window.bins) },
      ...(distance > 0 && {
        seen: `the share of values below ${sayNumber(at)} moved from ${sayShare(referenceShare)} to ${sayShare(windowShare)}`,
      }),
    };
  },
});
