import { Facts } from '../../elements/facts.tsx';
import type { Comparison, Model, Replay } from '../../../daemon/api/contract.ts';
import { Flips } from './flips.tsx';
import { LabelledOutcome } from './labelled-outcome.tsx';
import { SliceComparisons } from './slice-comparisons.tsx';
import { WhenText } from '../../elements/when.tsx';
import {
  formatCount,
  formatExact,
  formatMs,
  formatNumber,
  formatShare,
  formatSigned,
  plural,
} from '../../format-number.ts';
import { useModel } from '../../model-view.ts';

/** Share of scores that the control does not reproduce above which it is said aloud. */
const SKEW = 0.01;

/** What a replay found: flips both ways with money, score shift, noise floor, labels, slice by slice. */
export function ReplayResult({ replay }: { readonly replay: Replay }) {
  const { comparison } = replay;
  if (replay.state === 'failed')
    return <p class="problem">The replay failed: {replay.error ?? 'no reason was given'}</p>;
  if (replay.state === 'cancelled')
    return (
      <p class="empty">
        The replay was cancelled: {formatExact(replay.replayed)} of {formatExact(replay.recorded)} predictions were
        replayed.
      </p>
    );
  if (!comparison) return <Progress replay={replay} />;
  return <ComparisonResult of={replay} comparison={comparison} />;
}

/** What a replay and a live shadow tell alike. */
export type Compared = Pick<
  Replay,
  'model' | 'noise_floor' | 'latency' | 'slices' | 'population' | 'recorded' | 'rows_per_second' | 'backend'
>;

export function ComparisonResult({
  of: replay,
  comparison,
}: {
  readonly of: Compared;
  readonly comparison: Comparison;
}) {
  const model = useModel(replay.model).data;
  return (
    <>
      <Flips comparison={comparison} population={replay.population} unit={model?.value_unit ?? ''} />
      <NoiseNote replay={replay} comparison={comparison} />
      <LabelledOutcome labelled={comparison.labelled} unit={model?.value_unit ?? ''} />
      <Numbers replay={replay} comparison={comparison} model={model} />
      {replay.slices.length > 0 && (
        <SliceComparisons
          slices={replay.slices}
          unit={model?.value_unit ?? ''}
          isSample={replay.population > replay.recorded}
        />
      )}
    </>
  );
}

function Progress({ replay }: { readonly replay: Replay }) {
  return (
    <p role="status">
      {replay.state}: {formatExact(replay.replayed)} of {formatExact(replay.recorded)} predictions
      {replay.rows_per_second !== null && `, ${formatCount(replay.rows_per_second)} a second`}
      {replay.seconds_left !== null && `, ${formatMs(replay.seconds_left * 1000)} left`}{' '}
      <progress max={Math.max(replay.recorded, 1)} value={replay.replayed} aria-label="Progress of the replay" />
      {replay.waiting !== null && <Wait waiting={replay.waiting} />}
    </p>
  );
}

function Wait({ waiting }: { readonly waiting: NonNullable<Replay['waiting']> }) {
  const { reason, since, attempts, again_at: again } = waiting;
  return (
    <span class="behind">
      {' '}
      Waiting for {reason}, since <WhenText time={since} />
      {attempts > 0 && `; tried ${plural(attempts, 'time')}`}
      {again !== null && (
        <>
          , again at <WhenText time={again} />
        </>
      )}
    </span>
  );
}

/** Less than what the control differs from its own record is no difference. */
function NoiseNote({ replay, comparison }: { readonly replay: Compared; readonly comparison: Comparison }) {
  const floor = replay.noise_floor;
  if (!floor) return <p class="note">No noise floor: the control was not replayed against its own record.</p>;
  const inside = floor.flips > 0 && comparison.flips.share <= floor.flips;
  const isShiftInside = floor.score > 0 && Math.abs(comparison.score_shift.mean) <= floor.score;
  return (
    <p class={inside || isShiftInside ? 'behind' : 'note'}>
      Noise floor: the control against its own record flips {formatShare(floor.flips)} and differs by{' '}
      {formatNumber(floor.score)} in score, on {formatCount(floor.replayed)} predictions.
      {inside && ' The flips of the candidate are within it: no difference.'}
      {isShiftInside && ' The score shift is within it: no difference.'}
      {floor.differing > SKEW && (
        <strong>
          {' '}
          Training/serving skew: {formatShare(floor.differing)} of the control’s scores cannot be reproduced from the
          recorded features, by {formatSigned(floor.bias)} on average.
        </strong>
      )}
    </p>
  );
}

interface FactsProps {
  readonly replay: Compared;
  readonly comparison: Comparison;
  readonly model: Model | undefined;
}

function Numbers({ replay, comparison }: FactsProps) {
  const { score_shift: shift, decline_rates: rates } = comparison;
  const { latency } = replay;
  const errors = Object.entries(comparison.errors).map(
    ([reason, count]) => `${reason.replaceAll('_', ' ')} ${formatCount(count)}`,
  );
  return (
    <Facts
      of={[
        [
          'Replayed',
          replay.population > replay.recorded
            ? `${formatExact(comparison.replayed)}, a stratified sample: shares, money and flips are those of all ${formatExact(replay.population)}`
            : `${formatExact(comparison.replayed)} of ${formatExact(comparison.recorded)}`,
        ],
        [
          'Without a score',
          comparison.failed === 0
            ? 'none'
            : `${formatCount(comparison.failed)}${replay.population > replay.recorded ? ' of the sample' : ''}: ${errors.join(', ')}`,
        ],
        ['Mean score', `${formatNumber(shift.control_mean)} → ${formatNumber(shift.candidate_mean)}`],
        [
          'Score shift',
          `${formatSigned(shift.mean)} (${formatSigned(shift.interval[0])} to ${formatSigned(shift.interval[1])})`,
        ],
        ['Rank correlation', formatNumber(comparison.rank_correlation)],
        ['Decline rate', `${formatShare(rates.control)} → ${formatShare(rates.candidate)}`],
        ...(latency === null
          ? []
          : [
              ['One alone, p50', `${formatMs(latency.control.p50)} → ${formatMs(latency.candidate.p50)}`] as const,
              ['One alone, p99', `${formatMs(latency.control.p99)} → ${formatMs(latency.candidate.p99)}`] as const,
            ]),
        ...(replay.rows_per_second === null
          ? []
          : [
              [
                'Speed',
                `${formatCount(replay.rows_per_second)} rows/s on ${replay.backend ?? 'an unknown backend'}, ${formatMs(1000 / replay.rows_per_second)} each`,
              ] as const,
            ]),
      ]}
    />
  );
}
