import { defineDetector } from '../define-detector.ts';
import { highestShare, highestTrueShare } from '../maths/binomial.ts';
import type { Bins } from '../maths/bins.ts';
import { ratioInterval } from '../maths/combine-intervals.ts';
import { quantile } from '../maths/quantile.ts';
import { quantileInterval } from '../maths/quantile-interval.ts';
import { sayCount, sayDuration, sayRatio } from '../say.ts';
import { atLeast, chance } from '../settings.ts';

const QUANTILES = [
  { name: 'p50', share: 0.5 },
  { name: 'p95', share: 0.95 },
  { name: 'p99', share: 0.99 },
] as const;

/** Durations are told apart down to a microsecond, in milliseconds. */
const SHORTEST = 0.001;

/** One quantile in both: how it grew, and by how much it may. */
interface Growth {
  readonly name: (typeof QUANTILES)[number]['name'];
  readonly share: number;
  readonly before: number;
  readonly after: number;
  readonly ratio: number;
  readonly limit: number;
}

/**
 * Growth of p50, p95 and p99 over the reference; the one furthest beyond its limit is reported, so a slow tail is caught
 * as well as a slow median. Quantiles are off by at most 1/32, the width of a bin.
 */
export const latencyShift = defineDetector({
  name: 'latency_shift',
  title: 'Growth of the p50, p95 or p99 of an operation over the reference, whichever is worst',
  kind: 'latency',
  subject: 'operation',
  needs: 'durations',
  values: 'numbers',
  comparesWithReference: true,
  fails: 'above',
  failsWhen:
    'a quantile is more than `limit` times that of the reference, by at least `least_growth`, and by more than sampling noise reaches with `chance`',
  statistic: 'the growth of latency',
  say: sayRatio,
  settings: {
    limit: {
      default: 1.5,
      unit: 'ratio',
      meaning: 'largest growth of a quantile that is tolerated',
      range: [1.05, 1000],
    },
    least_growth: { default: 1, unit: 'ms', meaning: 'growth of a quantile that nobody would notice', range: [0, 1e6] },
    minimum_count: atLeast(200, 'durations'),
    chance,
  },
  requires: ({ bins }, { minimum_count: need }) => [{ what: 'durations', have: bins.total, need }],
  measure(reference, window, settings) {
    const growths = QUANTILES.flatMap((which) => growthOf(which, reference.bins, window.bins, settings) ?? []);
    const worst = growths.toSorted((one, other) => other.ratio / other.limit - one.ratio / one.limit)[0];
    if (worst === undefined) return { insufficient: sayLack(reference.bins.total, window.bins.total, settings.chance) };
    const { name, share, before, after } = worst;
    return {
      statistic: worst.ratio,
      limit: worst.limit,
      explain: () => ({
        seen: `${name} moved from ${sayDuration(before)} to ${sayDuration(after)}`,
        interval: ratioInterval(
          { value: after, interval: durationsAround(window.bins, share) },
          { value: before, interval: durationsAround(reference.bins, share) },
        ),
        details: Object.fromEntries([
          ['quantile', name],
          ...growths.flatMap((growth) => [
            [growth.name, growth.after],
            [`reference_${growth.name}`, growth.before],
          ]),
        ]),
      }),
    };
  },
});

function durationsAround(bins: Bins, share: number): readonly [number, number] {
  const [low, high] = quantileInterval(bins, share);
  return [Math.max(SHORTEST, low), Math.max(SHORTEST, high)];
}

/** How many durations either side must hold for the median, which needs the fewest, to stay below some value. */
function sayLack(before: number, now: number, rarely: number): string {
  const tells = (count: number): boolean => noiseShare(0.5, Math.max(count, now), Math.max(count, before), rarely) < 1;
  let need = Math.min(before, now) + 1;
  while (!tells(need)) need++;
  const lacks = [
    { where: 'window', more: need - now },
    { where: 'reference', more: need - before },
  ];
  const said = lacks.filter(({ more }) => more > 0).map(({ where, more }) => `${sayCount(more)} more in the ${where}`);
  return `too few durations lie above any quantile: ${said.join(' and ')} are needed`;
}

/** Undefined when so few durations lie above the quantile, in window or reference, that noise alone may move it anywhere. */
function growthOf(
  { name, share }: (typeof QUANTILES)[number],
  reference: Bins,
  window: Bins,
  settings: { readonly limit: number; readonly least_growth: number; readonly chance: number },
): Growth | undefined {
  const noisy = noiseShare(share, window.total, reference.total, settings.chance);
  if (noisy >= 1) return undefined;
  const before = Math.max(SHORTEST, quantile(reference, share));
  const after = Math.max(SHORTEST, quantile(window, share));
  const noise = quantile(reference, noisy) / before;
  const limit = Math.max(settings.limit, noise, (before + settings.least_growth) / before);
  return { name, share, before, after, ratio: after / before, limit };
}

/**
 * The share of the reference's durations that the window's quantile stays below, when nothing changed, but for the given
 * chance: of `n` the true share below it may be higher, and of `m` the share that the reference shows (Chernoff).
 */
function noiseShare(share: number, n: number, m: number, rarely: number): number {
  return highestShare(highestTrueShare(share, n, rarely / 2), m, rarely / 2);
}
