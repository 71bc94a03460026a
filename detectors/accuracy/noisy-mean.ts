import type { Mean } from '../maths/probability-score.ts';
import { normalQuantile } from '../maths/special.ts';

/** A mean and the (effective) number of records behind it. */
export interface Sampled extends Mean {
  readonly size: number;
}

/**
 * How far a mean of the window lies from that of the reference by sampling alone, but for the given chance, when nothing
 * changed: the reference's scatter in both samples, normal.
 */
export function noiseOfMean(reference: Sampled, windowSize: number, chance: number): number {
  const scatter = Math.sqrt(1 + reference.size / windowSize);
  return -normalQuantile(chance) * reference.standardError * scatter;
}

/** 95 % interval of a mean, normal. */
export function normalInterval({ value, standardError }: Mean): readonly [number, number] {
  const half = normalQuantile(0.975) * standardError;
  return [value - half, value + half];
}
