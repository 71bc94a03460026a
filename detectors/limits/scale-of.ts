import type { Detector } from '../detector.ts';

/** A share nearer to 0 or 1 counts as this near: its odds would be boundless. */
const LEAST_SHARE = 1e-4;

/**
 * How harm is measured where a reference tells how far it goes by itself: always positive, and the larger the worse, so that
 * its logarithm may be taken for normal.
 */
export interface Scale {
  /** Of a statistic, or of a limit. */
  harmOf(statistic: number): number;
  /** The statistic with this harm. */
  statisticOf(harm: number): number;
}

/**
 * A distance is its own harm. A share that tells how good the model is has the odds of the other side as its harm, an amount that
 * falls its reciprocal.
 */
export function scaleOf({ level, fails }: Pick<Detector, 'level' | 'fails'>): Scale {
  const isAbove = fails === 'above';
  if (level === 'share')
    return {
      harmOf: (statistic) => {
        const share = Math.min(1 - LEAST_SHARE, Math.max(LEAST_SHARE, isAbove ? statistic : 1 - statistic));
        return share / (1 - share);
      },
      statisticOf: (harm) => (isAbove ? harm / (1 + harm) : 1 / (1 + harm)),
    };
  if (isAbove) return { harmOf: (statistic) => statistic, statisticOf: (harm) => harm };
  return { harmOf: (statistic) => 1 / statistic, statisticOf: (harm) => 1 / harm };
}
