import type { Check } from '../../daemon/api/contract.ts';
import { marginsOf } from '../guardrail-words.ts';
import { intervalScale } from './interval-scale.ts';

const WIDTH = 260;
const HEIGHT = 30;
const MIDDLE = 15;

interface IntervalBarProps {
  readonly check: Check;
  readonly format: (value: number | null) => string;
}

/** Where the harm of a candidate lies, against nothing (0) and against what is allowed (the margin). */
export function IntervalBar({ check, format }: IntervalBarProps) {
  const x = intervalScale([check], 4, WIDTH - 4);
  const [low, high] = check.interval ?? [null, null];
  const margins = marginsOf(check);
  const [lowest] = margins;
  const from = margins.length > 1 && lowest !== undefined ? x.place(lowest) : 0;
  const label =
    low === null || high === null
      ? `no interval yet; margin ${format(check.margin)}`
      : `harm ${format(check.harm)}, between ${format(low)} and ${format(high)}; margin ${format(check.margin)}`;
  return (
    <svg class={`interval interval-${check.state}`} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <title>{label}</title>
      <rect class="interval-allowed" x={from} y={2} width={x.place(check.margin) - from} height={HEIGHT - 4} />
      <line class="interval-zero" x1={x.place(0)} x2={x.place(0)} y1={4} y2={HEIGHT - 4} />
      {low !== null && high !== null && (
        <rect
          class="interval-band"
          x={x.place(low)}
          y={MIDDLE - 5}
          width={Math.max(x.place(high) - x.place(low), 2)}
          height={10}
          rx={2}
        />
      )}
      {check.harm !== null && <circle class="interval-point" cx={x.place(check.harm)} cy={MIDDLE} r={3.5} />}
      {margins.map((margin) => (
        <line key={margin} class="interval-margin" x1={x.place(margin)} x2={x.place(margin)} y1={1} y2={HEIGHT - 1} />
      ))}
    </svg>
  );
}
