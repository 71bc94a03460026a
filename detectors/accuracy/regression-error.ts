import type { Measurement, Requirement, Unmeasurable } from '../define-detector.ts';
import { effectiveErrors, errorMoments, type ErrorMoments } from '../maths/error-moments.ts';
import type { Mean } from '../maths/probability-score.ts';
import { sayNumber } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import type { Residuals, ScoredErrors } from '../terms.ts';
import { noiseOfMean, normalInterval } from './noisy-mean.ts';

/** Settings of every detector of a regression's accuracy. */
export const regressionSettings = {
  minimum_count: atLeast(100, 'matured labels'),
  chance: { ...chance, default: 1e-6 },
} as const;

/** What a regression's measure of accuracy needs. */
export function errorsNeeded(
  { errors }: Residuals,
  { minimum_count: need }: { readonly minimum_count: number },
): readonly Requirement[] {
  const moments = errorMoments(errors);
  const have = effectiveErrors(moments);
  const count = errors.reduce((sum, group) => sum + group.count, 0);
  return [{ what: have < count - 0.5 ? 'effective matured labels' : 'matured labels', have, need }];
}

/** An error of a regression that grows, against the reference's. */
export function measureError(
  errorOf: (moments: ErrorMoments) => Mean,
  reference: Residuals,
  window: Residuals,
  { growth, chance: rarely }: { readonly growth: number; readonly chance: number },
): Measurement | Unmeasurable {
  const [then, now] = [errorMoments(reference.errors), errorMoments(window.errors)];
  const before = { ...errorOf(then), size: effectiveErrors(then) };
  const after = errorOf(now);
  return {
    statistic: after.value,
    limit: Math.max(before.value * growth, before.value + noiseOfMean(before, effectiveErrors(now), rarely)),
    seen: `it was ${sayNumber(before.value)} in the reference`,
    interval: normalInterval(after),
    details: { reference: before.value, ...errorDetails(window) },
  };
}

/** Whether the labels speak for all predictions: none is missing, or propensities weigh them for those that are. */
export function speakForAll(errors: readonly ScoredErrors[]): boolean {
  const isWeighted = errors.some(({ count, moments: [weight] }) => Math.abs(weight - count) > 1e-9 * count);
  return isWeighted || errors.every(({ unknown }) => unknown === 0);
}

export function errorDetails({ errors, mature, labelled }: Residuals): Record<string, number> {
  return {
    labels: errors.reduce((sum, { count }) => sum + count, 0),
    ...(mature > 0 && { labelled_share: labelled / mature }),
    effective_labels: effectiveErrors(errorMoments(errors)),
  };
}
