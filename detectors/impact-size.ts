import type { Impact } from './terms.ts';

/**
 * How much what a feature did weighs beside other features: the share of decisions that it surely changed, and by how much it
 * moved the mean score. Never negative; 0 where it surely did nothing.
 */
export function impactSize({ share, scoreShift, flips }: Impact): number {
  return Math.max(0, flips?.interval[0] ?? 0) + Math.abs((share ?? 0) * scoreShift);
}
