import type { Measurement, Unmeasurable } from '../define-detector.ts';
import { lowestShare, lowestTrueShare } from '../maths/binomial.ts';
import { confusionAt, type Confusion, type Measured } from '../maths/confusion.ts';
import { sayNumber, sayShare } from '../say.ts';
import type { Outcomes } from '../terms.ts';
import { labelDetails } from './labels-needed.ts';

/** What a measure at the threshold needs beside labels. */
export interface AtThreshold {
  readonly of: (confusion: Confusion) => Measured;
  /** Of what there are none, where the measure has no value. */
  readonly rests: string;
  readonly details?: (window: Outcomes, threshold: number) => Record<string, number>;
}

/**
 * A share at the model's threshold against the reference's, both with scatter: the limit is what the window stays above, but
 * for the given chance, when nothing changed (Chernoff, half of the chance each).
 */
export function measureAtThreshold(
  { of, rests, details }: AtThreshold,
  reference: Outcomes,
  window: Outcomes,
  { drop, chance }: { readonly drop: number; readonly chance: number },
): Measurement | Unmeasurable {
  const { threshold } = window;
  if (threshold === undefined) return { insufficient: 'the model has no threshold' };
  const before = of(confusionAt(reference.outcomes, threshold));
  const after = of(confusionAt(window.outcomes, threshold));
  if (!Number.isFinite(before.value)) return { insufficient: `the reference has no ${rests}` };
  if (!Number.isFinite(after.value)) return { insufficient: `the window has no ${rests}` };
  const half = chance / 2;
  const noisy = lowestShare(lowestTrueShare(before.value, before.size, half), after.size, half);
  return {
    statistic: after.value,
    limit: Math.min(before.value - drop, noisy),
    seen: `at the threshold ${sayNumber(threshold)} the reference has ${sayShare(before.value)}`,
    interval: after.interval,
    details: { reference: before.value, threshold, ...labelDetails(window), ...details?.(window, threshold) },
  };
}
