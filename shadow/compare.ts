import { wilsonInterval } from '../detectors/maths/binomial.ts';
import type { Comparison, Slice } from '../detectors/terms.ts';
import { mcnemarP } from './mcnemar.ts';

/** What the store reduces the pairs of one slice to. */
export interface PairCounts {
  readonly slice: Slice;
  /** Predictions recorded, and of them those that the candidate was shown. */
  readonly recorded: number;
  readonly replayed: number;
  /** Replayed ones by the reason why the candidate gave no score. */
  readonly errors: Readonly<Record<string, number>>;
  /** Recorded without a score of the control. */
  readonly unscored: number;
  /** With a score of both; everything below is about these. */
  readonly pairs: number;
  readonly toDecline: number;
  readonly toApprove: number;
  readonly valueToDecline: number;
  readonly valueToApprove: number;
  readonly controlMean: number | null;
  readonly candidateMean: number | null;
  readonly shiftMean: number | null;
  /** Sample variance of the score shift; null with fewer than two pairs. */
  readonly shiftVariance: number | null;
  readonly rankCorrelation: number | null;
  readonly labelled: number;
  readonly controlAuc: number | null;
  readonly candidateAuc: number | null;
  /** Labelled pairs on which only the control, or only the candidate, decided right. */
  readonly onlyControlRight: number;
  readonly onlyCandidateRight: number;
}

/** Two-sided 95 % of the normal distribution. */
const Z95 = 1.959963984540054;

/** Control and candidate on the same predictions: shares and means with what is known of their error. */
export function compare(counts: PairCounts): Comparison {
  const { slice, recorded, replayed, errors, unscored, pairs, toDecline, toApprove } = counts;
  const flips = toDecline + toApprove;
  return {
    slice,
    recorded,
    replayed,
    failed: Object.values(errors).reduce((sum, count) => sum + count, 0),
    errors: unscored === 0 ? errors : { ...errors, no_recorded_score: unscored },
    flips: {
      toDecline,
      toApprove,
      share: pairs === 0 ? 0 : flips / pairs,
      interval: pairs === 0 ? [0, 1] : wilsonInterval(flips, pairs),
      valueToDecline: counts.valueToDecline,
      valueToApprove: counts.valueToApprove,
    },
    scoreShift: {
      mean: counts.shiftMean ?? 0,
      interval: shiftInterval(counts),
      controlMean: counts.controlMean ?? 0,
      candidateMean: counts.candidateMean ?? 0,
    },
    rankCorrelation: counts.rankCorrelation,
    labelled: {
      count: counts.labelled,
      controlAuc: counts.controlAuc,
      candidateAuc: counts.candidateAuc,
      mcnemarP: mcnemarP(counts.onlyControlRight, counts.onlyCandidateRight),
    },
  };
}

/** 95 % of the mean shift, normal; from one pair nothing is known but that probabilities differ by at most 1. */
function shiftInterval({ pairs, shiftMean, shiftVariance }: PairCounts): readonly [number, number] {
  if (shiftMean === null || shiftVariance === null || pairs < 2) return [-1, 1];
  const half = Z95 * Math.sqrt(shiftVariance / pairs);
  return [shiftMean - half, shiftMean + half];
}
