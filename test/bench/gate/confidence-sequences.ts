/** Anytime-valid methods that the gate does not use, for comparison; each has known answers in the tests. */

/**
 * Normal mixture: rho that makes the bound tightest where the variance process is `bestAt`.
 * @see Howard, Ramdas, McAuliffe and Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences, 2021
 */
export function mixtureRho(bestAt: number, alpha: number): number {
  const log = -2 * Math.log(alpha);
  return bestAt / (log + Math.log(1 + log));
}

/** Two-sided bound of the sum at variance process `variance`. */
export function mixtureBound(variance: number, rho: number, alpha: number): number {
  return Math.sqrt((variance + rho) * (Math.log1p(variance / rho) - 2 * Math.log(alpha)));
}

/** ln of the e-value of a sum against zero. */
export function mixtureLogEvidence(sum: number, variance: number, rho: number): number {
  return (0.5 * sum ** 2) / (variance + rho) - 0.5 * Math.log1p(variance / rho);
}

/**
 * Asymptotic confidence sequence: half-width of the mean of `count` events with a standard deviation of `deviation`,
 * tightest at `bestAt` events.
 * @see Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, arXiv 2103.06476
 */
export function asymptoticHalfWidth(deviation: number, count: number, alpha: number, bestAt = 5000): number {
  const log = -2 * Math.log(alpha);
  const rhoSquared = (log + Math.log(1 + log)) / bestAt;
  const grown = count * rhoSquared + 1;
  return deviation * Math.sqrt(((2 * grown) / (count ** 2 * rhoSquared)) * Math.log(Math.sqrt(grown) / alpha));
}

/** Relative uplift of one proportion over another by the delta method, with its asymptotic confidence sequence. */
export function relativeUplift(
  [controlHits, controlCount]: readonly [number, number],
  [candidateHits, candidateCount]: readonly [number, number],
  alpha: number,
): { readonly uplift: number; readonly interval: readonly [number, number] } {
  const [control, candidate] = [controlHits / controlCount, candidateHits / candidateCount];
  const variance =
    (candidate * (1 - candidate)) / candidateCount / control ** 2 +
    ((candidate ** 2 / control ** 4) * control * (1 - control)) / controlCount;
  const uplift = candidate / control - 1;
  const count = controlCount + candidateCount;
  const half = asymptoticHalfWidth(Math.sqrt(variance * count), count, alpha);
  return { uplift, interval: [uplift - half, uplift + half] };
}
