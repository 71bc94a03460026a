import type { ClassComparison } from '../../../daemon/api/contract.ts';
import { DataTable } from '../../elements/data-table.tsx';
import { Facts } from '../../elements/facts.tsx';
import { formatCount, formatExact, formatMoney, formatNumber, formatShare, formatSigned } from '../../format-number.ts';
import { useModel } from '../../model-view.ts';
import { ClassLabelledOutcome } from './class-labelled.tsx';
import { countFacts, speedFacts, type Compared } from './comparison-facts.ts';
import { NoiseNote } from './noise-note.tsx';

interface ClassResultProps {
  readonly of: Compared;
  readonly comparison: ClassComparison;
  /** What is said where no label is known. */
  readonly none: string;
}

/** What a candidate that tells classes apart decides differently: from which class to which, and how far scores shift. */
export function ClassComparisonResult({ of: replay, comparison, none }: ClassResultProps) {
  const unit = useModel(replay.model).data?.value_unit ?? '';
  const { flips, distance, classes } = comparison;
  const isSample = replay.population > replay.recorded;
  return (
    <>
      <p class="sentence">
        The candidate would put <strong>{formatShare(flips.share)}</strong> of{' '}
        {formatExact(isSample ? replay.population : comparison.replayed)} predictions into another class{' '}
        <span class="note">
          (95 % interval {formatShare(flips.interval[0])} to {formatShare(flips.interval[1])}
          {isSample && `; worked out from a sample of ${formatExact(comparison.replayed)}`}),{' '}
          {formatMoney(flips.value, unit)} at stake
        </span>
      </p>
      {flips.changes.length > 0 && <Changes flips={flips} unit={unit} />}
      <NoiseNote floor={replay.noise_floor} flips={flips.share} shift={distance.mean} />
      <ClassLabelledOutcome labelled={comparison.labelled} none={none} />
      <Shifts classes={classes} />
      <Facts
        of={[
          ...countFacts(replay, comparison, 'a sample'),
          [
            'Distance of the scores',
            `${formatNumber(distance.mean)} (${formatNumber(distance.interval[0])} to ${formatNumber(distance.interval[1])})`,
          ],
          ...speedFacts(replay),
        ]}
      />
      {(replay.classes?.slices.length ?? 0) > 0 && <Slices slices={replay.classes?.slices ?? []} unit={unit} />}
    </>
  );
}

/** From which class to which, the most frequent first. */
function Changes({ flips, unit }: { readonly flips: ClassComparison['flips']; readonly unit: string }) {
  return (
    <DataTable
      heads={['From', 'To', '#Predictions', '#Share', '#95 % interval', '#At stake']}
      caption="From the class of the control to that of the candidate"
    >
      {flips.changes.map(({ from, to, count, share, interval, value }) => (
        <tr key={`${from} ${to}`}>
          <th scope="row">{from}</th>
          <td>{to}</td>
          <td class="number">{formatCount(count)}</td>
          <td class="number">{formatShare(share)}</td>
          <td class="number">
            {formatShare(interval[0])} – {formatShare(interval[1])}
          </td>
          <td class="number">{formatMoney(value, unit)}</td>
        </tr>
      ))}
    </DataTable>
  );
}

function Shifts({ classes }: Pick<ClassComparison, 'classes'>) {
  return (
    <DataTable
      heads={['Class', '#Decided by the control', '#By the candidate', '#Mean score', '#Shift', '#95 % interval']}
      caption="Class by class"
    >
      {classes.map(({ name, shares, mean_scores: means, shift, interval }) => (
        <tr key={name}>
          <th scope="row">{name}</th>
          <td class="number">{formatShare(shares.control)}</td>
          <td class="number">{formatShare(shares.candidate)}</td>
          <td class="number">
            {formatNumber(means.control)} → {formatNumber(means.candidate)}
          </td>
          <td class="number">{formatSigned(shift)}</td>
          <td class="number">
            {formatSigned(interval[0])} to {formatSigned(interval[1])}
          </td>
        </tr>
      ))}
    </DataTable>
  );
}

/** Slice by slice, most flips first: harm in one part of the traffic hides in the whole. */
function Slices({ slices, unit }: { readonly slices: readonly ClassComparison[]; readonly unit: string }) {
  const sorted = [...slices].sort((a, b) => b.flips.share - a.flips.share);
  return (
    <DataTable
      heads={[
        'Slice',
        '#Replayed',
        '#Flips',
        '#95 % interval',
        '#At stake',
        'Most frequent change',
        '#Distance',
        '#Accuracy',
      ]}
      caption="By slice, most flips first"
    >
      {sorted.map(({ slice, replayed, flips, distance, labelled }) => (
        <tr key={slice}>
          <th scope="row">{slice}</th>
          <td class="number">{formatExact(replayed)}</td>
          <td class="number">{formatShare(flips.share)}</td>
          <td class="number">
            {formatShare(flips.interval[0])} – {formatShare(flips.interval[1])}
          </td>
          <td class="number">{formatMoney(flips.value, unit)}</td>
          <td>{flips.changes[0] === undefined ? 'none' : `${flips.changes[0].from} → ${flips.changes[0].to}`}</td>
          <td class="number">{formatNumber(distance.mean)}</td>
          <td class="number">
            {labelled.count === 0
              ? 'no labels'
              : `${formatShare(labelled.control.accuracy)} → ${formatShare(labelled.candidate.accuracy)}`}
          </td>
        </tr>
      ))}
    </DataTable>
  );
}
