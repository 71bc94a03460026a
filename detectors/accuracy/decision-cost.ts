import { defineDetector } from '../define-detector.ts';
import { costOfDecisions } from '../maths/decision-cost.ts';
import { costBounds } from '../maths/loss-bounds.ts';
import { effectiveClasses } from '../maths/class-weights.ts';
import { sayNumber, sayShare } from '../say.ts';
import { accuracySettings, boundDetails, labelDetails, labelsNeeded } from './labels-needed.ts';
import { toleratedGrowth } from './loss-growth.ts';
import { noiseOfMean, normalInterval } from './noisy-mean.ts';

/**
 * Money lost by the decisions at the model's threshold, of the money at stake: what was let through and should not have been,
 * and a share of what was declined and should not have been. Interval: normal, of a ratio of means.
 */
export const decisionCost = defineDetector({
  name: 'decision_cost',
  title: 'Share of the money at stake that wrong decisions cost, at the threshold of the model, on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'outcomes',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'it is more than `growth` times that of the reference, and more than sampling noise reaches with `chance`',
  level: 'amount',
  statistic: 'the cost of wrong decisions, of the money at stake,',
  say: sayShare,
  settings: {
    missed: {
      default: 1,
      unit: 'share of the value',
      meaning: 'what a positive that was let through costs',
      range: [0, 100],
    },
    declined: {
      default: 0.1,
      unit: 'share of the value',
      meaning: 'what a negative that was declined costs, such as the margin lost',
      range: [0, 100],
    },
    growth: toleratedGrowth(1.5, 'the cost'),
    ...accuracySettings,
  },
  requires: labelsNeeded,
  measure(reference, window, { missed, declined, growth, chance }) {
    const { threshold } = window;
    if (threshold === undefined) return { insufficient: 'the model has no threshold' };
    const prices = { missed, declined };
    const before = costOfDecisions(reference.outcomes, threshold, prices);
    const after = costOfDecisions(window.outcomes, threshold, prices);
    if (!(before.atStake > 0) || !(after.atStake > 0)) {
      return { insufficient: 'the predictions carry no value, the money at stake' };
    }
    const size = ({ outcomes }: typeof window): number => {
      const { positives, negatives } = effectiveClasses(outcomes);
      return positives + negatives;
    };
    const noise = noiseOfMean({ ...before.share, size: size(reference) }, size(window), chance);
    return {
      statistic: after.share.value,
      limit: Math.max(before.share.value * growth, before.share.value + noise),
      seen: `${sayNumber(after.missed)} were let through and ${sayNumber(after.declined)} declined wrongly, of ${sayNumber(after.atStake)}; it was ${sayShare(before.share.value)} in the reference`,
      interval: normalInterval(after.share),
      details: {
        reference: before.share.value,
        cost: after.cost,
        value_missed: after.missed,
        value_declined: after.declined,
        value_at_stake: after.atStake,
        ...labelDetails(window),
        ...boundDetails(window, (all) => costBounds(all, threshold, prices)),
      },
    };
  },
});
