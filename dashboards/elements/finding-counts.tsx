import type { Model } from '../../daemon/api/contract.ts';
import { formatCount } from '../format-number.ts';

const WIDTH = 100;

/** How many findings fail, lack data and pass, as one bar with its numbers. */
export function FindingCounts({ counts }: { readonly counts: Model['findings'] }) {
  const { fail, insufficient, pass } = counts;
  const total = fail + insufficient + pass;
  if (total === 0) return <span class="note">not judged yet</span>;
  const share = (count: number) => (count === 0 ? 0 : Math.max((count / total) * WIDTH, 2));
  const failing = share(fail);
  const lacking = share(insufficient);
  return (
    <span class="counts">
      <svg viewBox={`0 0 ${WIDTH} 6`} preserveAspectRatio="none" aria-hidden="true">
        <rect class="counts-pass" width={WIDTH} height={6} />
        <rect class="counts-insufficient" width={Math.min(failing + lacking, WIDTH)} height={6} />
        <rect class="counts-fail" width={failing} height={6} />
      </svg>
      <span class="note">
        {fail > 0 && <b class="bad">{formatCount(fail)} fail, </b>}
        {formatCount(pass)} pass
        {insufficient > 0 && <>, {formatCount(insufficient)} too little data</>}
      </span>
    </span>
  );
}
