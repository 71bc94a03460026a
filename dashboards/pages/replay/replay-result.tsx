import { Facts } from '../../elements/facts.tsx';
import type { Comparison, Replay } from '../../../daemon/api/contract.ts';
import { ClassComparisonResult } from './class-result.tsx';
import { countFacts, speedFacts, type Compared } from './comparison-facts.ts';
import { Flips } from './flips.tsx';
import { LabelledOutcome } from './labelled-outcome.tsx';
import { NoiseNote } from './noise-note.tsx';
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
  const ofClasses = replay.classes?.comparison ?? null;
  if (ofClasses !== null) return <ClassComparisonResult of={replay} comparison={ofClasses} none={NO_LABEL_THEN} />;
  if (!comparison) return <Progress replay={replay} />;
  return <ComparisonResult of={replay} comparison={comparison} none={NO_LABEL_THEN} />;
}

/** A replay is compared once. */
const NO_LABEL_THEN =
  'No label was known when it was compared: a new replay of the same time reads those that have come since.';

export function ComparisonResult({
  of: replay,
  comparison,
  none,
}: {
  readonly of: Compared;
  readonly comparison: Comparison;
  /** What is said where no label is known. */
  readonly none: string;
}) {
  const model = useModel(replay.model).data;
  return (
    <>
      <Flips comparison={comparison} population={replay.population} unit={model?.value_unit ?? ''} />
      <NoiseNote floor={replay.noise_floor} flips={comparison.flips.share} shift={comparison.score_shift.mean} />
      <LabelledOutcome labelled={comparison.labelled} unit={model?.value_unit ?? ''} none={none} />
      <Numbers replay={replay} comparison={comparison} />
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

function Numbers({ replay, comparison }: { readonly replay: Compared; readonly comparison: Comparison }) {
  const { score_shift: shift, decline_rates: rates } = comparison;
  return (
    <Facts
      of={[
        ...countFacts(replay, comparison, 'a stratified sample'),
        ['Mean score', `${formatNumber(shift.control_mean)} → ${formatNumber(shift.candidate_mean)}`],
        [
          'Score shift',
          `${formatSigned(shift.mean)} (${formatSigned(shift.interval[0])} to ${formatSigned(shift.interval[1])})`,
        ],
        ['Rank correlation', formatNumber(comparison.rank_correlation)],
        ['Decline rate', `${formatShare(rates.control)} → ${formatShare(rates.candidate)}`],
        ...speedFacts(replay),
      ]}
    />
  );
}
