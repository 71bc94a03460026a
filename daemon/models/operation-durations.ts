import { quantile } from '../../detectors/maths/quantile.ts';
import type { Durations, Window } from '../../detectors/terms.ts';
import { addBins } from '../store/add-histograms.ts';
import type { Engine } from '../store/engine.ts';
import { readDurations } from '../store/histograms.ts';

/** How long the spans of a service took, milliseconds; null where there is none. */
export interface ServiceDurations {
  readonly service: string;
  readonly count: number;
  readonly errors: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** Of services over all of their operations, and of each operation. */
export interface OperationDurations {
  readonly services: readonly ServiceDurations[];
  readonly operations: readonly (ServiceDurations & { readonly operation: string })[];
}

/** Percentiles of a service are those of its operations' histograms together, never means of their percentiles. */
export async function readOperationDurations(
  engine: Engine,
  services: readonly string[],
  window: Window,
): Promise<OperationDurations> {
  const rows = await readDurations(engine, services, window);
  const whole = new Map<string, Durations>();
  for (const { service, durations } of rows) {
    const known = whole.get(service);
    whole.set(service, known === undefined ? durations : add(known, durations));
  }
  return {
    services: [...whole].map(([service, durations]) => ({ service, ...percentilesOf(durations) })),
    operations: rows.map(({ service, operation, durations }) => ({ service, operation, ...percentilesOf(durations) })),
  };
}

function add(one: Durations, other: Durations): Durations {
  return {
    count: one.count + other.count,
    errors: one.errors + other.errors,
    bins: addBins(one.bins, other.bins),
  };
}

function percentilesOf({ count, errors, bins }: Durations): Omit<ServiceDurations, 'service'> {
  const of = (share: number): number | null => (bins.total === 0 ? null : quantile(bins, share));
  return { count, errors, p50: of(0.5), p95: of(0.95), p99: of(0.99) };
}
