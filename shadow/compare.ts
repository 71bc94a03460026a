import { wilsonInterval } from '../detectors/maths/binomial.ts';
import type { Comparison, FlipWay, Labelled, Slice } from '../detectors/terms.ts';

/** What the pairs of one slice are reduced to. */
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
  /** What pairs, and flips, of different weight are worth in number: their own number where all weigh the same. */
  readonly effectivePairs: number;
  readonly effectiveFlips: number;
  /** How many predictions one that the control approves, or declines, stands for. */
  readonly weights: { readonly approved: number; readonly declined: number };
  readonly toDecline: number;
  readonly toApprove: number;
  readonly valueToDecline: number;
  readonly valueToApprove: number;
  readonly controlMean: number | null;
  readonly candidateMean: number | null;
  readonly shiftMean: number | null;
  /** Sample variance of the score shift; null with fewer than two pairs. */
  readonly shiftVariance: number | null;
  readonly controlDeclines: number;
}

/** Two-sided 95 % of the normal distribution. */
const Z95 = 1.959963984540054;

/**
 * Control and candidate on the same predictions: shares and means with what is known of their error.
 * @param rankCorrelation Spearman's; null where it is not known
 */
export function compare(counts: PairCounts, rankCorrelation: number | null, labelled: Labelled): Comparison {
  const { slice, recorded, replayed, errors, unscored, pairs, toDecline, toApprove } = counts;
  const flips = toDecline + toApprove;
  return {
    slice,
    recorded,
    replayed,
    failed: Object.values(errors).reduce((sum, count) => sum + count, 0),
    errors: unscored === 0 ? errors : { ...errors, no_recorded_score: unscored },
    flips: {
      toDecline: Math.round(toDecline),
      toApprove: Math.round(toApprove),
      share: pairs === 0 ? 0 : flips / pairs,
      interval: flipInterval(counts),
      ways: {
        toDecline: flipWay(toDecline, pairs, counts.weights.approved),
        toApprove: flipWay(toApprove, pairs, counts.weights.declined),
      },
      valueToDecline: counts.valueToDecline,
      valueToApprove: counts.valueToApprove,
    },
    scoreShift: {
      mean: counts.shiftMean ?? 0,
      interval: shiftInterval(counts),
      controlMean: counts.controlMean ?? 0,
      candidateMean: counts.candidateMean ?? 0,
    },
    rankCorrelation,
    declineRates: {
      control: pairs === 0 ? 0 : counts.controlDeclines / pairs,
      candidate: pairs === 0 ? 0 : (counts.controlDeclines + toDecline - toApprove) / pairs,
    },
    labelled,
  };
}

/** Wilson's, as if the effective number of flips had been found in a sample that shows the same share. */
function flipInterval({
  pairs,
  effectivePairs,
  effectiveFlips,
  toDecline,
  toApprove,
}: PairCounts): readonly [number, number] {
  if (pairs === 0) return [0, 1];
  if (effectiveFlips === 0) return wilsonInterval(0, effectivePairs);
  return wilsonInterval(effectiveFlips, (effectiveFlips * pairs) / (toDecline + toApprove));
}

/** Flips of one way were all either approved or declined by the control, so all weigh the same: their number is known. */
function flipWay(flips: number, pairs: number, weight: number): FlipWay {
  if (pairs === 0) return { share: 0, interval: [0, 1] };
  return { share: flips / pairs, interval: wilsonInterval(flips / weight, pairs / weight) };
}

/** 95 % of the mean shift, normal; from one pair nothing is known but that probabilities differ by at most 1. */
function shiftInterval({ effectivePairs, shiftMean, shiftVariance }: PairCounts): readonly [number, number] {
  if (shiftMean === null || shiftVariance === null) return [-1, 1];
  const half = Z95 * Math.sqrt(shiftVariance / effectivePairs);
  return [shiftMean - half, shiftMean + half];
}
