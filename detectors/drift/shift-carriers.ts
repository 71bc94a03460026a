import { chiSquareQuantile } from '../maths/special.ts';
import { sayShare } from '../say.ts';
import type { Slice } from '../terms.ts';

/** Records of reference and window by group, over one and the same grouping. */
export interface GroupCounts {
  readonly expected: readonly number[];
  readonly observed: readonly number[];
}

export interface SliceCounts extends GroupCounts {
  readonly slice: Slice;
}

/** What one slice adds to the shift of all records. */
export interface ShiftCarrier {
  readonly slice: Slice;
  /** Part of the shift that comes from the slice; over the values of one tag these add up to 1. Above 1 where others moved the other way. */
  readonly share: number;
  /** 95 % interval of the share. */
  readonly interval: readonly [low: number, high: number];
  /** Share of the records that lie in the slice, in the window and in the reference. */
  readonly traffic: number;
  readonly trafficBefore: number;
}

/** How rarely noise alone passes for a shift, and for a slice that carries more of it than its traffic. */
const RARELY = 1e-4;
const RARE_DEVIATION = 3.89;
/** A slice that carries hardly more than its part of the traffic explains nothing. */
const LEAST_EXCESS = 0.1;

/**
 * The slices that carry the shift between reference and window: those whose part of it is surely larger than their part of
 * the traffic, the one that says most first. The shift d is the change of the groups' shares; that of a slice counts its
 * records against all records, so that the shifts of the values of one tag add up to d, and its part of the shift is the
 * projection of the one on the other in the metric of the triangular discrimination, 2 / (p + q).
 * @param all records of all slices together
 * @returns null where nothing moved beyond what sampling noise reaches once in 10,000 times
 * @see Topsoe, Some inequalities for information divergence, IEEE Trans. Inf. Theory 46 (2000)
 */
export function shiftCarriers(all: GroupCounts, slices: readonly SliceCounts[]): ShiftCarrier[] | null {
  const [before, now] = [totalOf(all.expected), totalOf(all.observed)];
  if (before === 0 || now === 0) return null;
  const shift = all.expected.map((count, group) => (all.observed[group] ?? 0) / now - count / before);
  const middle = all.expected.map((count, group) => ((all.observed[group] ?? 0) / now + count / before) / 2);
  const filled = middle.filter((share) => share > 0).length;
  const length = shift.reduce((sum, change, group) => sum + over(change ** 2, middle[group]), 0);
  if (filled < 2 || length <= (1 / before + 1 / now) * chiSquareQuantile(RARELY, filled - 1)) return null;
  // What one record of a group adds to the projection.
  const weights = shift.map((change, group) => over(change, middle[group]) / length);
  return slices
    .map((slice) => carrierOf(slice, weights, before, now))
    .filter(({ share, traffic, deviation }) => share - traffic > Math.max(LEAST_EXCESS, RARE_DEVIATION * deviation))
    .sort((one, other) => surpriseOf(other) - surpriseOf(one) || (one.slice < other.slice ? -1 : 1))
    .map(({ deviation, ...carrier }) => ({
      ...carrier,
      interval: [carrier.share - 1.96 * deviation, carrier.share + 1.96 * deviation],
    }));
}

/** `region=EU holds 21 % of the traffic and carries 98 % of the shift`. */
export function sayCarrier({ slice, share, traffic, trafficBefore }: ShiftCarrier): string {
  const grown = Math.abs(Math.log(traffic / trafficBefore)) > Math.log(1.25);
  const before = grown ? ` (${sayShare(trafficBefore)} before)` : '';
  return `${slice} holds ${sayShare(traffic)} of the traffic${before} and carries ${sayShare(share)} of the shift`;
}

function carrierOf(
  { slice, expected, observed }: SliceCounts,
  weights: readonly number[],
  before: number,
  now: number,
): Omit<ShiftCarrier, 'interval'> & { readonly deviation: number } {
  const [there, then] = [meanOf(observed, weights, now), meanOf(expected, weights, before)];
  return {
    slice,
    share: there.mean - then.mean,
    deviation: Math.sqrt(there.variance / now + then.variance / before),
    traffic: totalOf(observed) / now,
    trafficBefore: totalOf(expected) / before,
  };
}

/** Mean and variance over all `records` of a weight that is zero outside the slice. */
function meanOf(counts: readonly number[], weights: readonly number[], records: number) {
  const mean = counts.reduce((sum, count, group) => sum + count * (weights[group] ?? 0), 0) / records;
  const square = counts.reduce((sum, count, group) => sum + count * (weights[group] ?? 0) ** 2, 0) / records;
  return { mean, variance: Math.max(0, square - mean ** 2) };
}

/** A small slice that carries much says more than a large one: the information that the shift holds about being in it. */
function surpriseOf({ share, traffic }: { readonly share: number; readonly traffic: number }): number {
  const carried = Math.min(1, share);
  return carried * Math.log(carried / traffic);
}

function totalOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function over(numerator: number, denominator: number | undefined): number {
  return denominator === undefined || denominator === 0 ? 0 : numerator / denominator;
}
