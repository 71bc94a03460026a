import { defineDetector } from '../define-detector.ts';
import { wholeDrift } from '../maths/category-shift.ts';
import { sayCount, sayNumber } from '../say.ts';
import type { LabelFlow } from '../terms.ts';
import { labelFlowSettings, labelsIn, waitingNeeded } from './label-flow-settings.ts';

/** From whom labels come: total variation distance of the shares of sources from the reference's. */
export const labelSources = defineDetector({
  name: 'label_sources',
  title: 'Share of the labels that come from other sources than in the reference (total variation distance)',
  kind: 'accuracy',
  subject: 'model',
  needs: 'labels',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the share is above `limit`, and above what sampling noise reaches with `chance`',
  headline: { about: 'the labels', happened: 'come from others' },
  statistic: 'the shift of the sources of labels',
  say: sayNumber,
  settings: {
    limit: { default: 0.2, unit: 'share', meaning: 'largest share that may have moved', range: [0.01, 1] },
    ...labelFlowSettings,
  },
  requires: waitingNeeded,
  measure(reference, window, { limit, minimum_labels: need, chance }) {
    const short = tooFew(reference, window, need);
    if (short !== undefined) return { insufficient: short };
    const shift = wholeDrift(reference.followed.sources, window.arrived.sources, chance);
    return {
      statistic: shift.distance,
      limit: Math.max(limit, shift.noise),
      interval: shift.interval,
      seen: shift.seen,
      details: { labels: labelsIn(window.arrived) },
    };
  },
});

function tooFew(reference: LabelFlow, window: LabelFlow, need: number): string | undefined {
  const [then, now] = [labelsIn(reference.followed), labelsIn(window.arrived)];
  if (then < need) return `the reference holds only ${sayCount(then)} labels, ${sayCount(need - then)} more are needed`;
  return now < need ? `only ${sayCount(now)} labels came, ${sayCount(need - now)} more are needed` : undefined;
}
