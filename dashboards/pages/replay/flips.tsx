import type { Comparison } from '../../../daemon/api/contract.ts';
import { formatExact, formatMoney, formatShare } from '../../format-number.ts';

const HALF = 50;

interface FlipsProps {
  /** Predictions that the comparison speaks of: more than were replayed where that was a sample. */
  readonly population: number;
  readonly comparison: Comparison;
  /** Unit of the money at stake. */
  readonly unit: string;
}

/** The predictions that the two models would decide differently, both ways, with the money in them. */
export function Flips({ comparison, population, unit }: FlipsProps) {
  const { flips, replayed, recorded } = comparison;
  const isSample = population > recorded;
  const total = flips.to_decline + flips.to_approve;
  return (
    <div class="flips">
      <p class="sentence">
        The candidate would decide <strong>{formatShare(flips.share)}</strong> of{' '}
        {formatExact(isSample ? population : replayed)} predictions differently{' '}
        <span class="note">
          (95 % interval {formatShare(flips.interval[0])} to {formatShare(flips.interval[1])}
          {isSample && `; worked out from a sample of ${formatExact(replayed)}`})
        </span>
      </p>
      <div class="flip-sides">
        <Side
          words="now approved, would be declined"
          count={flips.to_decline}
          value={formatMoney(flips.value_to_decline, unit)}
          way={flips.ways?.to_decline}
          side="decline"
        />
        <FlipBar decline={flips.to_decline} approve={flips.to_approve} total={total} />
        <Side
          words="now declined, would be approved"
          count={flips.to_approve}
          value={formatMoney(flips.value_to_approve, unit)}
          way={flips.ways?.to_approve}
          side="approve"
        />
      </div>
    </div>
  );
}

interface SideProps {
  readonly words: string;
  readonly count: number;
  readonly value: string;
  readonly way: NonNullable<Comparison['flips']['ways']>['to_decline'] | undefined;
  readonly side: 'decline' | 'approve';
}

function Side(props: SideProps) {
  return (
    <div class={`flip-side flip-${props.side}`}>
      <strong>{formatExact(props.count)}</strong>
      <span>{props.words}</span>
      <span class="note">{props.value} at stake</span>
      {props.way !== undefined && (
        <span class="note">
          {formatShare(props.way.share)}, {formatShare(props.way.interval[0])} to {formatShare(props.way.interval[1])}
        </span>
      )}
    </div>
  );
}

/** Two bars that grow away from the middle. */
export function FlipBar({ decline, approve, total }: { decline: number; approve: number; total: number }) {
  const most = Math.max(decline, approve, 1);
  const left = (decline / most) * (HALF - 1);
  const right = (approve / most) * (HALF - 1);
  return (
    <svg
      class="flip-bar"
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
      role="img"
      aria-label={`${total} flips: ${decline} to decline, ${approve} to approve`}
    >
      <rect class="flip-fill-decline" x={HALF - left} y={1} width={left} height={8} />
      <rect class="flip-fill-approve" x={HALF} y={1} width={right} height={8} />
      <line class="axis" x1={HALF} x2={HALF} y1={0} y2={10} />
    </svg>
  );
}
