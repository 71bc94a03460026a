import type { Replay } from '../../../daemon/api/contract.ts';
import { formatCount, formatNumber, formatShare, formatSigned } from '../../format-number.ts';

/** Share of scores that the control does not reproduce above which it is said aloud. */
const SKEW = 0.01;

interface NoiseNoteProps {
  readonly floor: Replay['noise_floor'];
  /** Share of the flips, and the shift of the score, or the distance of the scores of classes, that was found. */
  readonly flips: number;
  readonly shift: number;
}

/** Less than what the control differs from its own record is no difference. */
export function NoiseNote({ floor, flips, shift }: NoiseNoteProps) {
  if (!floor) return <p class="note">No noise floor: the control was not replayed against its own record.</p>;
  const inside = floor.flips > 0 && flips <= floor.flips;
  const isShiftInside = floor.score > 0 && Math.abs(shift) <= floor.score;
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
