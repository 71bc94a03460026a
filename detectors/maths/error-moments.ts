import type { ScoredErrors } from '../terms.ts';
import { effectiveSize } from './class-weights.ts';
import type { Mean } from './probability-score.ts';

/** Sums over the errors of a regression, of all scores together. */
export interface ErrorMoments {
  readonly weight: number;
  readonly error: number;
  readonly absolute: number;
  readonly squared: number;
  /** With the weights squared. */
  readonly squares: {
    readonly weight: number;
    readonly error: number;
    readonly absolute: number;
    readonly squared: number;
    readonly fourth: number;
  };
}

export function errorMoments(errors: readonly ScoredErrors[]): ErrorMoments {
  const moments = [0, 0, 0, 0];
  const squares = [0, 0, 0, 0, 0];
  for (const group of errors) {
    group.moments.forEach((moment, at) => (moments[at]! += moment));
    group.squares.forEach((square, at) => (squares[at]! += square));
  }
  const [weight = 0, error = 0, absolute = 0, squared = 0] = moments;
  const [weights = 0, errorSquares = 0, absoluteSquares = 0, squaredSquares = 0, fourth = 0] = squares;
  return {
    weight,
    error,
    absolute,
    squared,
    squares: {
      weight: weights,
      error: errorSquares,
      absolute: absoluteSquares,
      squared: squaredSquares,
      fourth,
    },
  };
}

/** Effective number of labelled predictions. */
export function effectiveErrors({ weight, squares }: ErrorMoments): number {
  return effectiveSize(weight, squares.weight);
}

/** Mean absolute error and its standard error. */
export function meanAbsoluteError({ weight, absolute, squares }: ErrorMoments): Mean {
  return meanOf(weight, absolute, squares.weight, squares.absolute, squares.squared);
}

/** Mean of prediction less truth. */
export function meanError({ weight, error, squares }: ErrorMoments): Mean {
  return meanOf(weight, error, squares.weight, squares.error, squares.squared);
}

/** Root of the mean squared error; its standard error by the delta method. */
export function rootMeanSquaredError({ weight, squared, squares }: ErrorMoments): Mean {
  const mean = meanOf(weight, squared, squares.weight, squares.squared, squares.fourth);
  const value = Math.sqrt(mean.value);
  return { value, standardError: value === 0 ? 0 : mean.standardError / (2 * value) };
}

/** Self-normalised mean out of sums, and its standard error. */
function meanOf(weight: number, sum: number, squares: number, first: number, second: number): Mean {
  const value = sum / weight;
  const variance = (second - 2 * value * first + value ** 2 * squares) / weight ** 2;
  return { value, standardError: Math.sqrt(Math.max(0, variance)) };
}
