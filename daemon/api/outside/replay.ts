import type { Comparison as InsideComparison, Replay as InsideReplay } from '../../../detectors/terms.ts';
import type { Comparison, Replay } from '../contract.ts';
import { finite } from './numbers.ts';
import { toTime, toTimeOrNull } from './time.ts';

export function toReplay(replay: InsideReplay): Replay {
  return {
    id: replay.id,
    model: replay.model,
    candidate: replay.candidate,
    control: replay.control,
    from: toTime(replay.window.from),
    to: toTime(replay.window.to),
    state: replay.state,
    recorded: replay.recorded,
    replayed: replay.replayed,
    rows_per_second: finite(replay.rowsPerSecond),
    backend: replay.backend,
    error: replay.error,
    noise_floor: replay.noiseFloor === null ? null : { ...replay.noiseFloor },
    comparison: replay.comparison === null ? null : toComparison(replay.comparison),
    slices: replay.bySlice.map(toComparison),
    started_at: toTime(replay.startedAt),
    finished_at: toTimeOrNull(replay.finishedAt),
  };
}

function toComparison(comparison: InsideComparison): Comparison {
  const { flips, scoreShift, labelled } = comparison;
  return {
    slice: comparison.slice,
    recorded: comparison.recorded,
    replayed: comparison.replayed,
    failed: comparison.failed,
    errors: { ...comparison.errors },
    flips: {
      to_decline: flips.toDecline,
      to_approve: flips.toApprove,
      share: flips.share,
      interval: [...flips.interval],
      value_to_decline: flips.valueToDecline,
      value_to_approve: flips.valueToApprove,
    },
    score_shift: {
      mean: scoreShift.mean,
      interval: [...scoreShift.interval],
      control_mean: scoreShift.controlMean,
      candidate_mean: scoreShift.candidateMean,
    },
    rank_correlation: finite(comparison.rankCorrelation),
    labelled: {
      count: labelled.count,
      control_auc: finite(labelled.controlAuc),
      candidate_auc: finite(labelled.candidateAuc),
      mcnemar_p: finite(labelled.mcnemarP),
    },
  };
}
