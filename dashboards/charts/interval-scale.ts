import type { Check } from '../../daemon/api/contract.ts';
import { linearScale, type Scale } from './scale.ts';

/**
 * A scale on which zero, the margin, the harm and its interval all have their place. An interval that is far wider
 * than the margin is cut: what matters is on which side of the margin it lies.
 */
export function intervalScale(
  checks: readonly Pick<Check, 'harm' | 'margin' | 'interval'>[],
  from: number,
  to: number,
): Scale {
  const margin = Math.max(...checks.map((check) => Math.abs(check.margin)), 1e-12);
  const farthest = 1.2 * Math.max(5 * margin, ...checks.map(({ harm }) => Math.abs(harm ?? 0)));
  const seen = checks.flatMap(({ harm, interval }) => [harm ?? 0, ...(interval ?? [])]);
  const low = Math.max(Math.min(-margin, ...seen), -farthest);
  const high = Math.min(Math.max(2 * margin, ...seen), farthest);
  const scale = linearScale(low, high, from, to);
  return { ...scale, place: (value) => scale.place(Math.min(Math.max(value, low), high)) };
}
