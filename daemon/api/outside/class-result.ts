import type {
  ClassAccuracy,
  ClassComparison as InsideComparison,
  ClassResult,
  PairedDifference,
} from '../../../detectors/terms.ts';
import type { ClassComparison, Replay } from '../contract.ts';
import { toExample } from './flip-example.ts';
import { finite } from './numbers.ts';

type Interval = [number, number];

/** What is told of a candidate that tells classes apart. */
export function toClasses({ comparison, bySlice, examples }: ClassResult): NonNullable<Replay['classes']> {
  return {
    comparison: comparison === null ? null : toClassComparison(comparison),
    slices: bySlice.map(toClassComparison),
    examples: examples.map((flip) => ({ ...toExample(flip), from: flip.from, to: flip.to })),
  };
}

function toClassComparison({
  flips,
  classes,
  distance,
  labelled,
  errors,
  ...counts
}: InsideComparison): ClassComparison {
  return {
    ...counts,
    errors: { ...errors },
    flips: {
      count: flips.count,
      share: flips.share,
      interval: [...flips.interval] as Interval,
      value: flips.value,
      changes: flips.changes.map((change) => ({ ...change, interval: [...change.interval] as Interval })),
    },
    classes: classes.map(({ name, shares, means, shift, interval }) => ({
      name,
      shares: { ...shares },
      mean_scores: { ...means },
      shift,
      interval: [...interval] as Interval,
    })),
    distance: { mean: distance.mean, interval: [...distance.interval] as Interval },
    labelled: {
      count: labelled.count,
      represents: labelled.represents,
      effective: labelled.effective,
      only_control_right: labelled.onlyControlRight,
      only_candidate_right: labelled.onlyCandidateRight,
      mcnemar_p: finite(labelled.mcnemarP),
      control: toAccuracy(labelled.control),
      candidate: toAccuracy(labelled.candidate),
      accuracy_difference: toDifference(labelled.accuracyDifference),
      log_loss_difference: toDifference(labelled.lossDifference),
    },
  };
}

function toAccuracy({ accuracy, macroF1, logLoss }: ClassAccuracy): ClassComparison['labelled']['control'] {
  return { accuracy: finite(accuracy), macro_f1: finite(macroF1), log_loss: finite(logLoss) };
}

function toDifference(difference: PairedDifference | null): ClassComparison['labelled']['accuracy_difference'] {
  return difference === null ? null : { mean: difference.mean, interval: [...difference.interval] as Interval };
}
