/** How far two sets of shares are apart, as a sum over groups: c is the share of the window, r that of the reference. */
export interface Divergence {
  /** What one group adds. */
  readonly term: (c: number, r: number) => number;
  /** Derivatives of what it adds: to c, and to r; both shares are above 0. */
  readonly slopes: (c: number, r: number) => readonly [number, number];
  /** Shares are floored here; without it an empty group counts as 0. */
  readonly floor?: number;
}

export interface Diverged {
  readonly value: number;
  /** What of it would be gone if no share could be below that of half a record: how far an empty group is past noise is guesswork. */
  readonly beyondHalf: number;
  /** Groups that either side has records in. */
  readonly groups: number;
  /** The group that adds most. */
  readonly worst: number;
}

/** Puts a divergence to two counts over the same groups. Groups that are empty on both sides add nothing. */
export function diverge(reference: readonly number[], window: readonly number[], by: Divergence): Diverged {
  const [m, n] = [countsOf(reference), countsOf(window)];
  const floor = by.floor ?? 0;
  const [halfThen, halfNow] = [Math.max(floor, 0.5 / m), Math.max(floor, 0.5 / n)];
  let [value, beyondHalf, groups, worst, most] = [0, 0, 0, 0, -1];
  for (let group = 0; group < reference.length; group++) {
    const [r, c] = [(reference[group] ?? 0) / m, (window[group] ?? 0) / n];
    if (r === 0 && c === 0) continue;
    const added = by.term(Math.max(c, floor), Math.max(r, floor));
    value += added;
    if (floor > 0 && (c < halfNow || r < halfThen))
      beyondHalf += added - by.term(Math.max(c, halfNow), Math.max(r, halfThen));
    groups++;
    if (added > most) [worst, most] = [group, added];
  }
  return { value, beyondHalf, groups, worst };
}

/** Standard error of what diverged, by the delta method: right where the shares differ, too small where they are equal. */
export function errorOf(reference: readonly number[], window: readonly number[], by: Divergence): number {
  const [m, n] = [countsOf(reference), countsOf(window)];
  const [leastThen, leastNow] = [leastShare(m, by), leastShare(n, by)];
  let [now, nowSquared, then, thenSquared] = [0, 0, 0, 0];
  for (let group = 0; group < reference.length; group++) {
    const [r, c] = [(reference[group] ?? 0) / m, (window[group] ?? 0) / n];
    if (r === 0 && c === 0) continue;
    const [slopeNow, slopeThen] = by.slopes(Math.max(c, leastNow), Math.max(r, leastThen));
    now += c * slopeNow;
    nowSquared += c * slopeNow ** 2;
    then += r * slopeThen;
    thenSquared += r * slopeThen ** 2;
  }
  return Math.sqrt(Math.max(0, nowSquared - now ** 2) / n + Math.max(0, thenSquared - then ** 2) / m);
}

/** Shares of so many records are raised to this, where slopes are taken. */
function leastShare(count: number, { floor }: Divergence): number {
  return floor ?? 0.5 / count;
}

function countsOf(counts: readonly number[]): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

/** Half the sum of the differences: the share of records that would have to move to another group (0..1). */
export const totalVariation: Divergence = {
  term: (c, r) => Math.abs(c - r) / 2,
  slopes: (c, r) => [Math.sign(c - r) / 2, Math.sign(r - c) / 2],
};

/** Square of the Hellinger distance (0..1): half the sum of (sqrt c - sqrt r)^2. */
export const squaredHellinger: Divergence = {
  term: (c, r) => (Math.sqrt(c) - Math.sqrt(r)) ** 2 / 2,
  slopes: (c, r) => [(1 - Math.sqrt(r / c)) / 2, (1 - Math.sqrt(c / r)) / 2],
};

/** Jensen-Shannon divergence in bits (0..1); its root is the distance. */
export const jensenShannon: Divergence = {
  term: (c, r) => {
    const middle = (c + r) / 2;
    return (bits(c, middle) + bits(r, middle)) / 2;
  },
  slopes: (c, r) => [Math.log2((2 * c) / (c + r)) / 2, Math.log2((2 * r) / (c + r)) / 2],
};

function bits(share: number, middle: number): number {
  return share === 0 ? 0 : share * Math.log2(share / middle);
}

/** Population stability index: (c - r) ln(c / r); shares are floored at 1e-4, so that an empty group is no infinite shift. */
export const stabilityIndex: Divergence = {
  floor: 1e-4,
  term: (c, r) => (c - r) * Math.log(c / r),
  slopes: (c, r) => [Math.log(c / r) + 1 - r / c, Math.log(r / c) + 1 - c / r],
};
