import { defineDetector } from '../define-detector.ts';
import { stabilityIndex } from '../maths/divergence.ts';
import { sayNumber, sayShare } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import type { Histogram } from '../terms.ts';
import { measureDivergence, noisyIndex } from './compare-groups.ts';

/**
 * Population stability index of what the model decides (approve, decline, review), by decision. A share that doubles from 2 %
 * to 4 % is an index of 0.015, from 5 % to 10 % one of 0.037: the limit that suits features would let both pass.
 */
export const decisionDrift = defineDetector({
  name: 'decision_drift',
  title: 'How far the shares of the decisions have moved from the reference (population stability index)',
  kind: 'drift',
  subject: 'decision',
  needs: 'histogram',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen:
    'the index (shares below 1e-4 count as 1e-4) is above `limit`, and above what sampling noise reaches with `chance`; to noise an empty group counts as half a record',
  squared: true,
  statistic: 'PSI of the decisions',
  say: sayNumber,
  settings: {
    limit: { default: 0.02, unit: 'index', meaning: 'largest index that is no drift', range: [0.001, 100] },
    minimum_count: atLeast(200, 'decisions'),
    chance,
  },
  requires: ({ count, missing }, { minimum_count: need }) => [{ what: 'decisions', have: count - missing, need }],
  measure(reference, window, settings) {
    const measured = measureDivergence(reference, window, settings, { by: stabilityIndex, noise: noisyIndex });
    return {
      ...measured,
      explain() {
        const { decision, before, after } = movedMost(reference, window);
        return {
          ...measured.explain?.(),
          seen: `${JSON.stringify(decision)} made up ${sayShare(before)} of the decisions and makes up ${sayShare(after)} now`,
          details: { decision, reference_share: before, share: after },
        };
      },
    };
  },
});

/** The decision whose share adds most to the index. */
function movedMost(reference: Histogram, window: Histogram) {
  const [then, now] = [sharesOf(reference), sharesOf(window)];
  const floor = stabilityIndex.floor ?? 0;
  return [...new Set([...then.keys(), ...now.keys()])]
    .map((decision) => {
      const [before, after] = [then.get(decision) ?? 0, now.get(decision) ?? 0];
      return { decision, before, after, adds: stabilityIndex.term(Math.max(after, floor), Math.max(before, floor)) };
    })
    .reduce((one, other) => (other.adds > one.adds ? other : one), { decision: '', before: 0, after: 0, adds: -1 });
}

function sharesOf({ categories, count, missing }: Histogram): Map<string, number> {
  return new Map(categories.map((category) => [category.value, category.count / (count - missing)]));
}
