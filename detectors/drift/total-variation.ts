import { defineDetector } from '../define-detector.ts';
import { totalVariation as divergence } from '../maths/divergence.ts';
import { sayShare } from '../say.ts';
import { groupSettings, measureDivergence, scatterOf, type Grouped } from './compare-groups.ts';

/** Total variation: half the sum of |c - r|, the share of records that would have to move to another group. */
export const totalVariation = defineDetector({
  name: 'total_variation',
  title: 'Share of records that would have to change their group to look like the reference (total variation)',
  kind: 'drift',
  subject: 'feature',
  needs: 'histogram',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the share is above `limit`, and above what sampling noise reaches with `chance`',
  statistic: 'the total variation',
  say: sayShare,
  settings: groupSettings({
    default: 0.1,
    unit: 'share',
    meaning: 'largest share that is no drift',
    range: [0.001, 1],
  }),
  requires: ({ count, missing }, { minimum_count: need }) => [{ what: 'values', have: count - missing, need }],
  measure: (reference, window, settings) =>
    measureDivergence(reference, window, settings, { by: divergence, noise: noisyVariation }),
});

/** What noise makes of it on average, and how far above that it goes with this chance (McDiarmid 1989). */
function noisyVariation(grouped: Grouped, chance: number): number {
  const scatter = scatterOf(grouped);
  let average = 0;
  for (const count of grouped.expected) {
    const share = count / grouped.referenceCount;
    average += Math.sqrt(share * (1 - share) * scatter) / 2;
  }
  return average + Math.sqrt((Math.log(1 / chance) * scatter) / 2);
}
