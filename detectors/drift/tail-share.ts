import { defineDetector } from '../define-detector.ts';
import { highestTrueShare, noiseOrLimit, wilsonInterval } from '../maths/binomial.ts';
import type { Bins } from '../maths/bins.ts';
import { onceOf } from '../maths/once-of.ts';
import { sayNumber, sayRatio, sayShare } from '../say.ts';
import { atLeast, chance } from '../settings.ts';

/**
 * Values added to both sides of the ratio, so that in small windows, where three values or none are usual, it scatters
 * little: of 1,000 values 13 instead of 3 are expected with the default `extreme`.
 */
const EASE = 10;

/**
 * How many times more values lie beyond the outermost of the reference, at its worse end: (k + 10) / (n r + 10) of k values
 * of n, where a share r of the reference lies. Deciles, and distances that single values must not carry, hardly see a few
 * per cent of the values that moved far.
 */
export const tailShare = defineDetector({
  name: 'tail_share',
  title: 'How many times more values lie in a far tail of the reference than did there',
  kind: 'drift',
  subject: 'feature',
  needs: 'histogram',
  values: 'numbers',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the ratio is above `limit`, and above what sampling noise reaches with `chance`, at either end',
  statistic: 'the growth of the tail',
  say: sayRatio,
  settings: {
    limit: { default: 2, unit: 'ratio', meaning: 'largest growth that is no drift', range: [1, 10_000] },
    extreme: {
      default: 0.003,
      unit: 'share',
      meaning: 'largest share of the reference that counts as a tail, at either end',
      range: [0.0001, 0.1],
    },
    minimum_count: atLeast(200, 'numbers'),
    chance,
  },
  requires: ({ count, missing, bins, categories }, { minimum_count: need }) => [
    { what: 'numbers', have: categories.length === 0 ? count - missing : bins.total, need },
  ],
  measure(reference, window, { limit, extreme, chance: rarely }) {
    const { bins } = window;
    const count = window.categories.length === 0 ? window.count - window.missing : bins.total;
    const tails = tailsOf(reference.bins, extreme);
    // Bins ascend: only those of the tails are looked at.
    let [below, above] = [0, 0];
    for (let at = bins.to - 1; at >= bins.from && bins.low[at]! >= tails.high.edge; at--) above += bins.count[at]!;
    for (let at = bins.from; at < bins.to && bins.high[at]! <= tails.low.edge; at++) below += bins.count[at]!;
    const [one, other] = [ratioOf(below, tails.low, count), ratioOf(above, tails.high, count)];
    const [worse, found] = one > other ? [tails.low, below] : [tails.high, above];
    const tolerated = (limit * (count * worse.share + EASE) - EASE) / count;
    const most = noiseOrLimit(tolerated, highestIn(worse, rarely / 4), count, rarely / 4);
    return {
      statistic: Math.max(one, other),
      limit: ratioOf(most * count, worse, count),
      explain() {
        const [low, high] = wilsonInterval(found, count);
        return {
          seen: `${sayShare(worse.share)} of the reference were ${sayNumber(worse.edge)} or ${worse === tails.low ? 'less' : 'more'}, ${sayShare(found / count)} are now`,
          interval: [ratioOf(low * count, worse, count), ratioOf(high * count, worse, count)],
          details: { reference_share: worse.share, share: found / count, edge: worse.edge },
        };
      },
    };
  },
});

interface Tail {
  /** Where it begins. */
  readonly edge: number;
  readonly share: number;
  /** Values of the whole reference. */
  readonly of: number;
}

/** The outermost bins of a reference that hold a share of `extreme` at most. */
const tailsOf = onceOf((bins: Bins, extreme: number) => {
  const { low, high, from, to } = bins;
  return { low: tailFrom(bins, from, 1, low, extreme), high: tailFrom(bins, to - 1, -1, high, extreme) };
});

/** @param step to the next bin inwards */
function tailFrom(
  { count, length, total: of }: Bins,
  first: number,
  step: number,
  edges: Float64Array,
  extreme: number,
): Tail {
  let beyond = 0;
  for (let at = first, left = length; left > 0; at += step, left--) {
    if (beyond + count[at]! > extreme * of) return { edge: edges[at]!, share: beyond / of, of };
    beyond += count[at]!;
  }
  return { edge: NaN, share: 0, of };
}

/** The largest share that a tail of such a reference may come from. */
const highestIn = onceOf(({ share, of }: Tail, rarely: number) => highestTrueShare(share, of, rarely));

function ratioOf(found: number, { share }: Tail, count: number): number {
  return (found + EASE) / (count * share + EASE);
}
