import { impactSize } from '../../../detectors/impact-size.ts';
import { sayImpact } from '../../../detectors/say.ts';
import type { Impact as InsideImpact } from '../../../detectors/terms.ts';
import type { Impact } from '../contract.ts';

export function toImpact(impact: InsideImpact): Impact {
  const { share, scoreShift, rows, isInput, flips } = impact;
  return {
    share,
    score_shift: scoreShift,
    rows,
    is_input: isInput,
    flips: flips && { ...flips, interval: [...flips.interval] },
    size: impactSize(impact),
    says: sayImpact(impact),
  };
}
