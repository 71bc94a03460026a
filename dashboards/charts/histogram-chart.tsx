import { formatNumber, formatShare } from '../format-number.ts';
import type { Bar, Bars } from './bars.ts';
import { linearScale, logScale, type Scale } from './scale.ts';
import { useWidth } from './use-width.ts';

interface HistogramChartProps {
  readonly bars: Bars;
  /** What the numbers are, for the axis: a feature's name, or milliseconds. */
  readonly unit: string;
  readonly label: string;
  readonly small?: boolean;
}

const LEFT = 48;
const SMALL_LEFT = 6;
const RIGHT = 8;
const TOP = 6;
const ZERO_WIDTH = 16;
/** A tick nearer than this to the right end is written to its left. */
const EDGE = 28;

/** The window drawn over its reference: shares of records by value. */
export function HistogramChart({ bars, unit, label, small = false }: HistogramChartProps) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const height = small ? 84 : 240;
  const bottom = height - (small ? 18 : 38);
  const left = small ? SMALL_LEFT : LEFT;
  const start = left + (bars.zero ? ZERO_WIDTH + 6 : 0);
  const make = bars.kind === 'log' ? logScale : linearScale;
  const x = make(bars.domain[0], bars.domain[1], start, Math.max(width - RIGHT, start + 1));
  const y = linearScale(0, highest(bars), bottom, TOP);
  return (
    <div ref={ref} class="svg-chart">
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          {!small && <ShareAxis y={y} left={left} right={width - RIGHT} bottom={bottom} />}
          <path class="hist-expected" d={outline(bars.bars, 'expected', x, y, bottom)} />
          <path class="hist-current" d={outline(bars.bars, 'current', x, y, bottom)} />
          {bars.zero && <ZeroBars zero={bars.zero} left={left} y={y} bottom={bottom} />}
          <ValueAxis x={x} bottom={bottom} width={width} unit={small ? '' : axisTitle(unit, bars.kind)} />
        </svg>
      )}
    </div>
  );
}

function axisTitle(unit: string, kind: Bars['kind']): string {
  return kind === 'log' ? `${unit} (logarithmic)` : unit;
}

function highest({ bars, zero }: Bars): number {
  const shares = bars.flatMap((bar) => [bar.current, bar.expected]);
  return Math.max(...shares, zero?.current ?? 0, zero?.expected ?? 0, 1e-9) * 1.05;
}

/** The outline of one side as steps, closed along the axis. */
function outline(bars: readonly Bar[], side: 'current' | 'expected', x: Scale, y: Scale, bottom: number): string {
  const first = bars[0];
  if (!first || bars.every((bar) => bar[side] === 0)) return '';
  const steps = bars.map((bar) => `V${y.place(bar[side]).toFixed(1)}H${x.place(bar.high).toFixed(1)}`);
  return `M${x.place(first.low).toFixed(1)} ${bottom}${steps.join('')}V${bottom}Z`;
}

function ZeroBars({
  zero,
  left,
  y,
  bottom,
}: {
  zero: NonNullable<Bars['zero']>;
  left: number;
  y: Scale;
  bottom: number;
}) {
  const bar = (share: number) => ({ x: left, y: y.place(share), width: ZERO_WIDTH, height: bottom - y.place(share) });
  return (
    <g>
      <rect class="hist-expected" {...bar(zero.expected)} />
      <rect class="hist-current" {...bar(zero.current)} />
      <text class="tick" x={left + ZERO_WIDTH / 2} y={bottom + 13} text-anchor="middle">
        0
      </text>
    </g>
  );
}

function ShareAxis({ y, left, right, bottom }: { y: Scale; left: number; right: number; bottom: number }) {
  return (
    <g>
      {y.ticks(4).map((tick) => (
        <g key={tick}>
          <line class="grid" x1={left} x2={right} y1={y.place(tick)} y2={y.place(tick)} />
          <text class="tick" x={left - 6} y={y.place(tick) + 4} text-anchor="end">
            {formatShare(tick)}
          </text>
        </g>
      ))}
      <line class="axis" x1={left} x2={right} y1={bottom} y2={bottom} />
    </g>
  );
}

function ValueAxis({ x, bottom, width, unit }: { x: Scale; bottom: number; width: number; unit: string }) {
  return (
    <g>
      <line class="axis" x1={x.place(x.domain[0])} x2={width - RIGHT} y1={bottom} y2={bottom} />
      {x.ticks(Math.max(2, Math.floor(width / 90))).map((tick) => (
        <text
          key={tick}
          class="tick"
          x={Math.min(x.place(tick), width - RIGHT)}
          y={bottom + 13}
          text-anchor={x.place(tick) > width - EDGE ? 'end' : 'middle'}
        >
          {formatNumber(tick)}
        </text>
      ))}
      {unit && (
        <text class="axis-title" x={(x.place(x.domain[0]) + width) / 2} y={bottom + 32} text-anchor="middle">
          {unit}
        </text>
      )}
    </g>
  );
}
