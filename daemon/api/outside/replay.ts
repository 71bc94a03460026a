import type {
  Comparison as InsideComparison,
  Flips,
  FlipWay,
  LiveShadow as InsideShadow,
  ModelAccuracy,
  Replay as InsideReplay,
  Waiting,
} from '../../../detectors/terms.ts';
import type { Comparison, LiveShadow, Replay } from '../contract.ts';
import { toClasses } from './class-result.ts';
import { toExample } from './flip-example.ts';
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
    waiting: replay.waiting === null ? null : toWaiting(replay.waiting),
    recorded: replay.recorded,
    replayed: replay.replayed,
    rows_per_second: finite(replay.rowsPerSecond),
    backend: replay.backend,
    error: replay.error,
    noise_floor: replay.noiseFloor === null ? null : { ...replay.noiseFloor },
    comparison: replay.comparison === null ? null : toComparison(replay.comparison),
    slices: replay.bySlice.map(toComparison),
    ...(replay.classes === undefined ? {} : { classes: toClasses(replay.classes) }),
    ...toParts(replay),
    pace: replay.pace,
    stratified: replay.stratified,
    population: replay.population,
    seconds_left: secondsLeft(replay),
    started_at: toTime(replay.startedAt),
    finished_at: toTimeOrNull(replay.finishedAt),
  };
}

function toWaiting({ reason, since, attempts, againAt }: Waiting): NonNullable<Replay['waiting']> {
  return { reason, since: toTime(since), attempts, again_at: toTimeOrNull(againAt) };
}

export function toLiveShadow(shadow: InsideShadow): LiveShadow {
  return {
    id: shadow.id,
    model: shadow.model,
    candidate: shadow.candidate,
    control: shadow.control,
    rollout: shadow.rollout,
    state: shadow.state,
    reason: shadow.reason,
    backend: shadow.backend,
    share: shadow.share,
    since: toTime(shadow.since),
    scored: shadow.scored,
    shed: shadow.shed,
    lag_seconds: shadow.lagMs / 1000,
    noise_floor: shadow.noiseFloor === null ? null : { ...shadow.noiseFloor },
    comparison: shadow.comparison === null ? null : toComparison(shadow.comparison),
    slices: shadow.bySlice.map(toComparison),
    ...(shadow.classes === undefined ? {} : { classes: toClasses(shadow.classes) }),
    ...toParts(shadow),
    compared_at: toTimeOrNull(shadow.comparedAt),
  };
}

/** What a replay and a live shadow tell alike beside the comparison. */
function toParts({
  examples,
  latency,
  attribution,
  explained,
}: Pick<InsideReplay, 'examples' | 'latency' | 'attribution' | 'explained'>): Pick<
  Replay,
  'examples' | 'latency' | 'attribution' | 'explained'
> {
  return {
    examples: { to_decline: examples.toDecline.map(toExample), to_approve: examples.toApprove.map(toExample) },
    latency: latency === null ? null : { ...latency },
    attribution: attribution === null ? null : attribution.map((one) => ({ ...one })),
    explained: explained === null ? null : { ...explained },
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
      ways: toWays(flips.ways),
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
    decline_rates: { ...comparison.declineRates },
    labelled: {
      count: labelled.count,
      positives: labelled.positives,
      represents: labelled.represents ?? labelled.count,
      effective: labelled.effective,
      control_auc: finite(labelled.control.auc),
      candidate_auc: finite(labelled.candidate.auc),
      only_control_right: labelled.onlyControlRight,
      only_candidate_right: labelled.onlyCandidateRight,
      mcnemar_p: finite(labelled.mcnemarP),
      control: toAccuracy(labelled.control),
      candidate: toAccuracy(labelled.candidate),
    },
  };
}

/** Replays that an earlier version stored have none. */
function toWays(ways: Flips['ways'] | undefined): Comparison['flips']['ways'] {
  if (ways === undefined) return null;
  const toWay = ({ share, interval }: FlipWay) => ({ share, interval: [...interval] as [number, number] });
  return { to_decline: toWay(ways.toDecline), to_approve: toWay(ways.toApprove) };
}

function toAccuracy(accuracy: ModelAccuracy): Comparison['labelled']['control'] {
  return {
    auc: finite(accuracy.auc),
    recall: finite(accuracy.recall),
    precision: finite(accuracy.precision),
    false_positive_rate: finite(accuracy.falsePositiveRate),
    missed_value: accuracy.missedValue,
    wrongly_declined_value: accuracy.wronglyDeclinedValue,
    brier: finite(accuracy.brier),
    log_loss: finite(accuracy.logLoss),
    calibration_error: finite(accuracy.calibrationError),
  };
}

/** At the present rate; null where that is not known yet, or nothing is left. */
function secondsLeft({ state, recorded, replayed, rowsPerSecond }: InsideReplay): number | null {
  if (state !== 'running' || rowsPerSecond === null || !(rowsPerSecond > 0)) return null;
  return Math.max(0, Math.ceil((recorded - replayed) / rowsPerSecond));
}
