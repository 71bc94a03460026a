import { chdtrc, chdtri, compiled, incbet, incbi, kolmogi, kolmogorov, ndtr, ndtri } from 'cephes';

// The functions are WebAssembly: whoever imports this file waits until it is compiled, once, at start.
await compiled;

/** Upper tail of the standard normal distribution: P(Z > z). */
export function normalSurvival(z: number): number {
  return ndtr(-z);
}

/** The z below which a standard normal falls with this probability, 0 < probability < 1. */
export function normalQuantile(probability: number): number {
  return ndtri(probability);
}

/** Upper tail of the chi-square distribution. */
export function chiSquareSurvival(statistic: number, degreesOfFreedom: number): number {
  try {
    return chdtrc(degreesOfFreedom, statistic);
  } catch (error) {
    // The library throws where one of the two tails is smaller than the smallest number: a 0 or a 1, not a fault.
    if (error instanceof Error && error.message.includes('underflow')) return statistic < degreesOfFreedom ? 1 : 0;
    throw error;
  }
}

/** The value that a chi-square variable passes with this probability. */
export function chiSquareQuantile(upperTail: number, degreesOfFreedom: number): number {
  return chdtri(degreesOfFreedom, upperTail);
}

/** Upper tail of the limiting Kolmogorov distribution: P(sqrt(n) D > y) for large n. */
export function kolmogorovSurvival(y: number): number {
  return y <= 0 ? 1 : Math.min(1, kolmogorov(y));
}

/** The y that sqrt(n) D passes with this probability, for large n. */
export function kolmogorovQuantile(upperTail: number): number {
  return kolmogi(upperTail);
}

/** Upper tail of Student's distribution: P(T > t). */
export function studentSurvival(t: number, degreesOfFreedom: number): number {
  const half = incbet(degreesOfFreedom / 2, 0.5, degreesOfFreedom / (degreesOfFreedom + t * t)) / 2;
  return t >= 0 ? half : 1 - half;
}

/** The t that a variable of Student's distribution passes with this probability, 0 < upperTail <= 0.5. */
export function studentQuantile(upperTail: number, degreesOfFreedom: number): number {
  const x = incbi(degreesOfFreedom / 2, 0.5, 2 * upperTail);
  return Math.sqrt((degreesOfFreedom * (1 - x)) / x);
}
