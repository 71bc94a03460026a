import { sparkPath } from './spark-path.ts';

interface SparkProps {
  readonly values: readonly (number | null)[];
  /** What the line shows, with its newest value, in words. */
  readonly label: string;
  /** Colour of the line. */
  readonly tone: 'traffic' | 'score';
  /** Whether the scale begins at 0; otherwise it is as tight as the values. */
  readonly fromZero?: boolean;
}

const WIDTH = 120;
const HEIGHT = 28;

/** A line the size of a word. */
export function Spark({ values, label, tone, fromZero = false }: SparkProps) {
  const { line, area, last } = sparkPath(values, WIDTH, HEIGHT, fromZero);
  return (
    <svg class={`spark spark-${tone}`} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <title>{label}</title>
      <path class="spark-area" d={area} />
      <path class="spark-line" d={line} />
      {last && <circle class="spark-end" cx={last[0]} cy={last[1]} r={2} />}
    </svg>
  );
}
