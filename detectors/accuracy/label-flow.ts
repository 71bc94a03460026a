import { defineDetector } from '../define-detector.ts';
import { expectedArrivals } from '../maths/expected-arrivals.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayCount, sayShare } from '../say.ts';
import { labelFlowSettings, labelsIn, referenceCurve, waitingNeeded } from './label-flow-settings.ts';

/**
 * Labels that became known in the window, over those that should have: every prediction young enough to wait for one, times
 * the chance that its label comes at the age it had, by the delays of the reference. A feed that stopped shows within a
 * window, long before accuracy could. Noise: Poisson in the window, and the scatter of the reference's labels.
 */
export const labelFlow = defineDetector({
  name: 'label_flow',
  title: 'Labels that became known, over those that the delays of the reference lead one to expect',
  kind: 'accuracy',
  subject: 'model',
  needs: 'labels',
  values: 'any',
  comparesWithReference: true,
  fails: 'below',
  failsWhen: 'less than `limit` of the expected labels came, and less than sampling noise reaches with `chance`',
  headline: { about: 'the labels', happened: 'come at another rate' },
  statistic: 'the flow of labels, of what was expected,',
  say: sayShare,
  settings: {
    limit: { default: 0.5, unit: 'share', meaning: 'smallest share of the expected labels', range: [0.01, 1] },
    ...labelFlowSettings,
  },
  requires: waitingNeeded,
  measure(reference, window, { limit, minimum_labels: need, chance }) {
    const known = referenceCurve(reference, need);
    if ('insufficient' in known) return known;
    const expected = expectedArrivals(known.curve, window.arrived.groups, window.windowMs).reduce(
      (sum, each) => sum + each,
      0,
    );
    if (expected < need) {
      return {
        insufficient: `only ${sayCount(Math.floor(expected))} labels were to be expected, ${sayCount(need)} are needed`,
      };
    }
    const came = labelsIn(window.arrived);
    const noise = -normalQuantile(chance) * Math.sqrt(1 / expected + 1 / known.labels);
    return {
      statistic: came / expected,
      limit: Math.min(limit, Math.max(0, 1 - noise)),
      interval: flowInterval(came, expected, known.labels),
      seen: `${sayCount(came)} labels came where ${sayCount(Math.round(expected))} were to be expected`,
      details: { labels: came, expected },
    };
  },
});

/** 95 % of a ratio of two Poisson rates, on its logarithm; where none came, what would leave none with 2.5 %. */
function flowInterval(came: number, expected: number, labels: number): readonly [number, number] {
  if (came === 0) return [0, -Math.log(0.025) / expected];
  const half = 1.96 * Math.sqrt(1 / came + 1 / labels);
  return [(came / expected) * Math.exp(-half), (came / expected) * Math.exp(half)];
}
