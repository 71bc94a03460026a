/** Seeded draws: the same seed gives the same payments on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  normal(mean: number, deviation: number): number;
  /** exp of a normal: `median` in the unit of the answer, `sigma` of its logarithm. */
  logNormal(median: number, sigma: number): number;
  /** A count with this mean. */
  poisson(mean: number): number;
  /** One of the keys, each with the probability given (they sum to 1). */
  pick<Key extends string>(shares: Readonly<Record<Key, number>>): Key;
}

/** Mulberry32 (Tommy Ettinger, public domain) under the draws that the simulation needs. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  // Box and Muller; 1 - next() is never 0.
  const normal = (mean: number, deviation: number): number =>
    mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    normal,
    chance: (probability) => next() < probability,
    logNormal: (median, sigma) => median * Math.exp(normal(0, sigma)),
    poisson(mean) {
      // Knuth's method: fine for the small means used here.
      const limit = Math.exp(-mean);
      let count = 0;
      for (let product = next(); product > limit; product *= next()) count += 1;
      return count;
    },
    pick<Key extends string>(shares: Readonly<Record<Key, number>>): Key {
      const keys = Object.keys(shares) as Key[];
      let left = next();
      for (const key of keys) {
        left -= shares[key];
        if (left < 0) return key;
      }
      return keys[keys.length - 1] as Key;
    },
  };
}
