import { normalQuantile } from './special.ts';

/**
 * The share, some standard errors away on the scale of log-odds, where an estimate near 0 or 1 is closer to normal and
 * an interval stays inside 0..1.
 * @param standardError of the share itself
 * @param steps how many standard errors, negative to go down
 */
export function moveOnLogit(share: number, standardError: number, steps: number): number {
  const spread = share * (1 - share);
  if (spread === 0) return share;
  return 1 / (1 + ((1 - share) / share) * Math.exp((-steps * standardError) / spread));
}

/** 95 % interval of a share on the scale of log-odds. */
export function logitInterval(share: number, standardError: number): readonly [number, number] {
  const steps = normalQuantile(0.975);
  return [moveOnLogit(share, standardError, -steps), moveOnLogit(share, standardError, steps)];
}
