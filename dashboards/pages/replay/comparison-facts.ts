import type { ClassComparison, Comparison, Replay } from '../../../daemon/api/contract.ts';
import { formatCount, formatExact, formatMs } from '../../format-number.ts';

/** What a replay and a live shadow tell alike. */
export type Compared = Pick<
  Replay,
  'model' | 'noise_floor' | 'latency' | 'slices' | 'classes' | 'population' | 'recorded' | 'rows_per_second' | 'backend'
>;

type Fact = readonly [name: string, value: string];

/** How many were replayed and got no score. @param sample what a part of the predictions is called */
export function countFacts(
  { population, recorded }: Compared,
  comparison: Pick<Comparison | ClassComparison, 'replayed' | 'recorded' | 'failed' | 'errors'>,
  sample: string,
): Fact[] {
  const isSample = population > recorded;
  const errors = Object.entries(comparison.errors).map(
    ([reason, count]) => `${reason.replaceAll('_', ' ')} ${formatCount(count)}`,
  );
  return [
    [
      'Replayed',
      isSample
        ? `${formatExact(comparison.replayed)}, ${sample}: shares, money and flips are those of all ${formatExact(population)}`
        : `${formatExact(comparison.replayed)} of ${formatExact(comparison.recorded)}`,
    ],
    [
      'Without a score',
      comparison.failed === 0
        ? 'none'
        : `${formatCount(comparison.failed)}${isSample ? ' of the sample' : ''}: ${errors.join(', ')}`,
    ],
  ];
}

/** How long one prediction takes alone, and how many were scored a second. */
export function speedFacts({ latency, rows_per_second: rate, backend }: Compared): Fact[] {
  return [
    ...(latency === null
      ? []
      : ([
          ['One alone, p50', `${formatMs(latency.control.p50)} → ${formatMs(latency.candidate.p50)}`],
          ['One alone, p99', `${formatMs(latency.control.p99)} → ${formatMs(latency.candidate.p99)}`],
        ] as const)),
    ...(rate === null
      ? []
      : ([
          ['Speed', `${formatCount(rate)} rows/s on ${backend ?? 'an unknown backend'}, ${formatMs(1000 / rate)} each`],
        ] as const)),
  ];
}
