import { defineDetector } from '../define-detector.ts';
import { highestShare, highestTrueShare, lowestShare, lowestTrueShare, wilsonInterval } from '../maths/binomial.ts';
import { sumWeights } from '../maths/class-weights.ts';
import { ratioInterval } from '../maths/combine-intervals.ts';
import { sayRatio, sayShare } from '../say.ts';
import type { Outcomes } from '../terms.ts';
import { accuracySettings, labelDetails, labelsNeeded } from './labels-needed.ts';

/** Share of positives among the matured labels, against the reference's: as a ratio, whichever way it moved. */
export const labelDrift = defineDetector({
  name: 'label_drift',
  title: 'How many times more (or fewer) matured labels are positive than in the reference',
  kind: 'accuracy',
  subject: 'model',
  needs: 'outcomes',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the ratio, either way, is above `limit`, and above what sampling noise reaches with `chance` (Chernoff)',
  headline: { about: 'the labels', happened: 'say other things' },
  statistic: 'the move of the share of positive labels',
  say: sayRatio,
  settings: {
    limit: { default: 2, unit: 'ratio', meaning: 'largest ratio that is tolerated', range: [1.01, 1000] },
    ...accuracySettings,
  },
  requires: labelsNeeded,
  measure(reference, window, { limit, chance }) {
    const [{ share: before, size: thenSize }, { share: after, size: nowSize }] = [
      shareOfPositives(reference),
      shareOfPositives(window),
    ];
    const half = chance / 2;
    const noise =
      after > before
        ? highestShare(highestTrueShare(before, thenSize, half), nowSize, half) / before
        : before / lowestShare(lowestTrueShare(before, thenSize, half), nowSize, half);
    const [low, high] = wilsonInterval(after * nowSize, nowSize);
    const seen = { value: after, interval: [low, high] as const };
    const known = { value: before, interval: wilsonInterval(before * thenSize, thenSize) };
    return {
      statistic: after > before ? after / before : before / after,
      limit: Math.max(limit, noise),
      interval: after > before ? ratioInterval(seen, known) : ratioInterval(known, seen),
      seen: `${sayShare(after)} of the labels are positive, ${sayShare(before)} in the reference`,
      details: { share: after, share_low: low, share_high: high, reference: before, ...labelDetails(window) },
    };
  },
});

/** Weighted, with the number of equally weighted labels whose share would vary as much: for those that are not weighted, all. */
function shareOfPositives({ outcomes }: Outcomes): { readonly share: number; readonly size: number } {
  const { positives, negatives, positiveSquares, negativeSquares } = sumWeights(outcomes);
  const weight = positives + negatives;
  const scatter = (positiveSquares * negatives ** 2 + negativeSquares * positives ** 2) / weight ** 2;
  return { share: positives / weight, size: (positives * negatives) / scatter };
}
