import { chiSquareQuantile } from './special.ts';

/** How vectors scatter about their mean: their dimensions, the trace of their covariance, and that of its square. */
export interface Scatter {
  readonly dimensions: number;
  readonly trace: number;
  readonly squared: number;
}

/** Scatter of row-major rows of the same length, by the products of rows with one another. */
export function scatterOf(values: ArrayLike<number>, rows: number, length: number, mean: ArrayLike<number>): Scatter {
  let [trace, squared] = [0, 0];
  const centred = Float64Array.from({ length: rows * length }, (_, at) => (values[at] ?? 0) - (mean[at % length] ?? 0));
  for (let one = 0; one < rows; one++) {
    for (let other = one; other < rows; other++) {
      let product = 0;
      for (let at = 0; at < length; at++) {
        product += (centred[one * length + at] ?? 0) * (centred[other * length + at] ?? 0);
      }
      if (one === other) trace += product;
      else squared += 2 * product ** 2;
    }
  }
  // Products of a row with itself would count its length, not how far directions are shared.
  return {
    dimensions: length,
    trace: trace / Math.max(1, rows - 1),
    squared: squared / Math.max(1, rows * (rows - 1)),
  };
}

/**
 * The squared distance between the means of two samples that chance alone passes so rarely; NaN where the scatter is none. Its mean is trace times
 * (1/n + 1/m), its variance twice the squared one times the square of that; a scaled chi-square with both (Satterthwaite
 * 1946; Gretton and others, JMLR 2012, fit a gamma distribution the same way).
 */
export function noisySquaredDistance(scatter: Scatter, n: number, m: number, rarely: number): number {
  const { dimensions, trace, squared } = scatter;
  if (trace === 0) return 0;
  if (!Number.isFinite(trace) || !Number.isFinite(squared)) return NaN;
  const scale = 1 / n + 1 / m;
  // As many as there are dimensions at most (Cauchy and Schwarz): a small sample may say less of the square.
  const degrees = Math.min(dimensions, Math.max(1, trace ** 2 / Math.max(squared, Number.MIN_VALUE)));
  return (trace / degrees) * scale * chiSquareQuantile(rarely, degrees);
}

/** Mean of row-major rows. */
export function meanOf(values: ArrayLike<number>, rows: number, length: number): Float64Array {
  const mean = new Float64Array(length);
  for (let at = 0; at < rows * length; at++) mean[at % length] = (mean[at % length] ?? 0) + (values[at] ?? 0) / rows;
  return mean;
}
