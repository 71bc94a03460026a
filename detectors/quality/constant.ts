import { defineDetector } from '../define-detector.ts';
import { highestTrueShare, noiseOrLimit, wilsonInterval } from '../maths/binomial.ts';
import { onceOf } from '../maths/once-of.ts';
import { sayNumber, sayShare } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import type { Histogram } from '../terms.ts';

/**
 * Share of the most frequent value, of a feature that varied in the reference: 1 when it is stuck. Numbers within 3 % of
 * one another (one bin) count as one value. A feature that is nearly constant by nature has that as its limit.
 */
export const constant = defineDetector({
  name: 'constant',
  title: 'Whether a feature that varied is stuck at one value',
  kind: 'quality',
  subject: 'feature',
  needs: 'histogram',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'one value makes up more than `limit`, and more than the reference and sampling noise allow with `chance`',
  statistic: 'the share of the most frequent value',
  say: sayShare,
  settings: {
    limit: { default: 0.995, unit: 'share', meaning: 'largest share of one value that is tolerated', range: [0.5, 1] },
    minimum_count: atLeast(200, 'values'),
    chance,
  },
  requires: ({ count, missing }, { minimum_count: need }) => [{ what: 'values', have: count - missing, need }],
  measure(reference, window, { limit, chance: rarely }) {
    const now = mostFrequent(window);
    const count = window.count - window.missing;
    const { before, atMost } = largestShare(reference, rarely);
    return {
      statistic: now.count / count,
      limit: noiseOrLimit(limit, atMost, count, rarely / 2),
      explain: () => ({
        seen: `${sayValue(now)} makes up ${sayShare(now.count / count)}; no value of the reference made up more than ${sayShare(before)}`,
        interval: wilsonInterval(now.count, count),
      }),
    };
  },
});

/** The share of the most frequent value of a reference, and the largest that such a reference may come from. */
const largestShare = onceOf((reference: Histogram, rarely: number) => {
  const count = reference.count - reference.missing;
  const before = mostFrequent(reference).count / count;
  return { before, atMost: highestTrueShare(before, count, rarely / 2) };
});

/** A category, or the number that a bin begins with; undefined where there is nothing. */
interface Value {
  readonly value: string | number | undefined;
  readonly count: number;
}

/** The first of those with the largest count, numbers before categories. */
function mostFrequent({ bins, categories }: Histogram): Value {
  const { low, count, from, to } = bins;
  let [most, place] = [0, -1];
  for (let at = from; at < to; at++) if (count[at]! > most) [most, place] = [count[at]!, at];
  let found: Value = { value: low[place], count: most };
  for (const category of categories) if (category.count > found.count) found = category;
  return found;
}

function sayValue({ value }: Value): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'number' ? sayNumber(value) : JSON.stringify(value);
}
