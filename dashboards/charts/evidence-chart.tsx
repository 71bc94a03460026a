import type { Check } from '../../daemon/api/contract.ts';
import { formatCount } from '../format-number.ts';
import { utcSpan, utcTick } from '../format-time.ts';
import { marginsOf } from '../guardrail-words.ts';
import { intervalScale } from './interval-scale.ts';
import type { Look } from './look.ts';
import { linearScale, type Scale } from './scale.ts';
import { useWidth } from './use-width.ts';

interface EvidenceChartProps {
  readonly looks: readonly Look[];
  readonly title: string;
  readonly format: (value: number | null) => string;
}

const HEIGHT = 130;
const LEFT = 60;
const TOP = 8;
const BOTTOM = HEIGHT - 22;

/** How the interval of a check narrowed over time, against its margin. */
export function EvidenceChart({ looks, title, format }: EvidenceChartProps) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const first = looks[0];
  const last = looks.at(-1);
  if (!first || !last) return null;
  const x = linearScale(first.at, last.at, LEFT, Math.max(width - 10, LEFT + 1));
  const y = intervalScale(
    looks.map(({ check }) => check),
    BOTTOM,
    TOP,
  );
  return (
    <figure class={`chart evidence interval-${last.check.state}`}>
      <figcaption>
        <h3>{title}</h3>
        <p class="note">{progress(last.check)}</p>
      </figcaption>
      <div ref={ref} class="svg-chart">
        {width > 0 && (
          <svg width={width} height={HEIGHT} role="img" aria-label={describe(looks, title, format)}>
            <Grid y={y} width={width} margins={marginsOf(last.check)} format={format} />
            <path class="interval-band" d={band(looks, x, y)} />
            <path class="evidence-line" d={harm(looks, x, y)} />
            <TimeTicks x={x} looks={looks} width={width} />
          </svg>
        )}
      </div>
    </figure>
  );
}

/** How far the check has come, and how far it has to go. */
function progress({ state, events, events_needed: needed }: Check): string {
  const seen = `${formatCount(events)} events`;
  if (state === 'safe' || state === 'harmful') return `${state} after ${seen}`;
  return needed === null ? `${seen}; no end in sight` : `${seen}; about ${formatCount(needed)} more needed`;
}

function describe(looks: readonly Look[], title: string, format: (value: number | null) => string): string {
  const first = looks[0];
  const last = looks.at(-1);
  if (!first || !last) return title;
  const range = (check: Check) =>
    check.interval ? `${format(check.interval[0])} to ${format(check.interval[1])}` : 'no interval';
  return `${title}, ${utcSpan(first.at, last.at)} UTC: interval of the harm first ${range(first.check)}, now ${range(last.check)}; margin ${format(last.check.margin)}; ${last.check.state}.`;
}

function band(looks: readonly Look[], x: Scale, y: Scale): string {
  const known = looks.flatMap(({ at, check }) => (check.interval ? [{ at, interval: check.interval }] : []));
  if (known.length === 0) return '';
  const upper = known.map(({ at, interval }) => `${x.place(at).toFixed(1)} ${y.place(interval[1]).toFixed(1)}`);
  const lower = known.map(({ at, interval }) => `${x.place(at).toFixed(1)} ${y.place(interval[0]).toFixed(1)}`);
  return `M${upper.join('L')}L${lower.reverse().join('L')}Z`;
}

function harm(looks: readonly Look[], x: Scale, y: Scale): string {
  const known = looks.flatMap(({ at, check }) => (check.harm === null ? [] : [[at, check.harm] as const]));
  if (known.length === 0) return '';
  return `M${known.map(([at, value]) => `${x.place(at).toFixed(1)} ${y.place(value).toFixed(1)}`).join('L')}`;
}

function Grid(props: {
  y: Scale;
  width: number;
  margins: readonly number[];
  format: (value: number | null) => string;
}) {
  const { y, width, margins, format } = props;
  return (
    <g>
      {y.ticks(3).map((tick) => (
        <g key={tick}>
          <line class="grid" x1={LEFT} x2={width - 10} y1={y.place(tick)} y2={y.place(tick)} />
          <text class="tick" x={LEFT - 6} y={y.place(tick) + 4} text-anchor="end">
            {format(tick)}
          </text>
        </g>
      ))}
      <line class="interval-zero" x1={LEFT} x2={width - 10} y1={y.place(0)} y2={y.place(0)} />
      {margins.map((margin) => (
        <g key={margin}>
          <line class="interval-margin" x1={LEFT} x2={width - 10} y1={y.place(margin)} y2={y.place(margin)} />
          <text class="tick margin-text" x={width - 12} y={y.place(margin) - 4} text-anchor="end">
            margin {format(margin)}
          </text>
        </g>
      ))}
    </g>
  );
}

function TimeTicks({ x, looks, width }: { x: Scale; looks: readonly Look[]; width: number }) {
  const from = looks[0]?.at ?? 0;
  const to = looks.at(-1)?.at ?? 0;
  return (
    <g>
      <text class="tick" x={LEFT} y={HEIGHT - 6}>
        {utcTick(from, to - from)} UTC
      </text>
      {to > from && (
        <text class="tick" x={Math.min(x.place(to), width - 10)} y={HEIGHT - 6} text-anchor="end">
          {utcTick(to, to - from)} UTC
        </text>
      )}
    </g>
  );
}
