import { defineDetector } from '../define-detector.ts';
import { wilsonInterval } from '../maths/binomial.ts';
import { differenceInterval, type Estimate } from '../maths/combine-intervals.ts';
import { expectedArrivals } from '../maths/expected-arrivals.ts';
import { kolmogorovQuantile } from '../maths/special.ts';
import { sayCount, sayDuration, sayNumber } from '../say.ts';
import type { AgeGroup } from '../terms.ts';
import { labelFlowSettings, labelsIn, referenceCurve, waitingNeeded } from './label-flow-settings.ts';

/**
 * How old predictions were when their labels became known, against what the delays of the reference lead one to expect of the
 * predictions there were: largest difference of the two cumulative distributions (Kolmogorov-Smirnov).
 */
export const labelDelay = defineDetector({
  name: 'label_delay',
  title: 'Largest difference of the delays of labels from those of the reference (Kolmogorov-Smirnov)',
  kind: 'accuracy',
  subject: 'model',
  needs: 'labels',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the difference is above `limit`, and above what sampling noise reaches with `chance`',
  headline: { about: 'the labels', happened: 'come at other ages' },
  statistic: 'the shift of the label delays',
  say: sayNumber,
  settings: {
    limit: { default: 0.2, unit: 'share', meaning: 'largest difference that is tolerated', range: [0.01, 1] },
    ...labelFlowSettings,
  },
  requires: waitingNeeded,
  measure(reference, window, { limit, minimum_labels: need, chance }) {
    const known = referenceCurve(reference, need);
    if ('insufficient' in known) return known;
    const came = labelsIn(window.arrived);
    if (came < need) {
      return { insufficient: `only ${sayCount(came)} labels came, ${sayCount(need - came)} more are needed` };
    }
    const { groups } = window.arrived;
    const seen = groups.map(({ positives, others }) => positives + others);
    const expected = expectedArrivals(known.curve, groups, window.windowMs);
    const noise = kolmogorovQuantile(chance) * Math.sqrt(1 / came + 1 / known.labels);
    const gap = largestGap(expected, seen);
    const [larger, smaller] = [shareOf(gap.seen, came), shareOf(gap.expected, known.labels)].toSorted(
      (one, other) => other.value - one.value,
    );
    const [before, after] = [medianAge(groups, expected), medianAge(groups, seen)];
    return {
      statistic: gap.distance,
      limit: Math.max(limit, noise),
      interval: differenceInterval(larger!, smaller!),
      seen: `half of the labels came within ${sayDuration(after)}, where ${sayDuration(before)} was to be expected`,
      details: { labels: came, median_ms: after, expected_median_ms: before },
    };
  },
});

/** Where the cumulated shares differ most, and what they are there. */
interface Gap {
  readonly distance: number;
  readonly expected: number;
  readonly seen: number;
}

function largestGap(expected: readonly number[], seen: readonly number[]): Gap {
  const [ofExpected, ofSeen] = [sumOf(expected), sumOf(seen)];
  let [below, seenBelow] = [0, 0];
  let widest: Gap = { distance: 0, expected: 0, seen: 0 };
  for (const [at, value] of expected.entries()) {
    below = Math.min(1, below + value / ofExpected);
    seenBelow = Math.min(1, seenBelow + (seen[at] ?? 0) / ofSeen);
    const distance = Math.abs(below - seenBelow);
    // What is not a number is the widest: it makes the judgement insufficient.
    if (!(distance <= widest.distance)) widest = { distance, expected: below, seen: seenBelow };
  }
  return widest;
}

/** A share of so many, with its interval. */
function shareOf(value: number, count: number): Estimate {
  return { value, interval: wilsonInterval(value * count, count) };
}

/** The age by which half have come, linear within its group. */
function medianAge(groups: readonly AgeGroup[], counts: readonly number[]): number {
  const half = sumOf(counts) / 2;
  let below = 0;
  for (const [at, count] of counts.entries()) {
    if (below + count >= half && count > 0) {
      const from = groups[at]?.age ?? 0;
      const to = groups[at + 1]?.age ?? from;
      return from + ((half - below) / count) * (to - from);
    }
    below += count;
  }
  return NaN;
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
