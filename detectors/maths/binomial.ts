/**
 * The share that a sample of `count` passes with a chance below `chance` when the true share is `share`: Chernoff's
 * bound, count * KL(x, share) = ln(1 / chance). Unlike Wilson's interval it holds for rare events and tiny chances.
 */
export function highestShare(share: number, count: number, chance: number): number {
  return solve(share, 'shown', Math.log(1 / chance) / count);
}

/** The larger of `limit` and `highestShare`, which is only worked out where it is the larger. */
export function noiseOrLimit(limit: number, share: number, count: number, chance: number): number {
  const within = limit >= 1 || (limit >= share && count * divergence(limit, share) >= Math.log(1 / chance));
  return within ? limit : highestShare(share, count, chance);
}

/** Whether a sample of `count` shows less than `at` with a chance below `chance`: `lowestShare` is no less than `at`. */
export function isHardlyBelow(at: number, share: number, count: number, chance: number): boolean {
  return at <= 0 || (at <= share && count * divergence(at, share) >= Math.log(1 / chance));
}

/** The largest true share that shows a share this small in `count` records with at least this chance (Chernoff). */
export function highestTrueShare(observed: number, count: number, chance: number): number {
  return solve(observed, 'true', Math.log(1 / chance) / count);
}

/** The share that a sample of `count` stays under with a chance below `chance` when the true share is `share` (Chernoff). */
export function lowestShare(share: number, count: number, chance: number): number {
  return 1 - highestShare(1 - share, count, chance);
}

/** The smallest true share that shows a share this large in `count` records with at least this chance (Chernoff). */
export function lowestTrueShare(observed: number, count: number, chance: number): number {
  return 1 - highestTrueShare(1 - observed, count, chance);
}

/** 95 % interval of a share, Wilson 1927. */
export function wilsonInterval(hits: number, count: number): readonly [number, number] {
  const z2 = 1.959963984540054 ** 2;
  const centre = (hits + z2 / 2) / (count + z2);
  const half = (Math.sqrt(z2) / (count + z2)) * Math.sqrt((hits * (count - hits)) / count + z2 / 4);
  return [hits === 0 ? 0 : centre - half, hits === count ? 1 : centre + half];
}

/** Kullback-Leibler divergence of a coin with share `p` from one with share `q`. */
function divergence(p: number, q: number): number {
  return term(p, q) + term(1 - p, 1 - q);
}

function term(p: number, q: number): number {
  if (p === 0) return 0;
  return q <= 0 ? Infinity : p * Math.log(p / q);
}

/**
 * The share above `low` whose divergence is `wanted`, by halving; 1 when none has.
 * @param sought the share that a sample shows where `low` is the true one, or the other way round
 */
function solve(low: number, sought: 'shown' | 'true', wanted: number): number {
  let [from, to] = [low, 1];
  for (let step = 0; step < 40; step++) {
    const middle = (from + to) / 2;
    const reached = sought === 'shown' ? divergence(middle, low) : divergence(low, middle);
    if (reached < wanted) from = middle;
    else to = middle;
  }
  return to;
}
