import { binCode } from '../../detectors/maths/log-bins.ts';
import type { BudgetPoint, BudgetSeries } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';

const MINUTE = 60_000;

/** Ends of the stretches that burn rates look back over, in minutes before now; sums over any of them are exact. */
export const EDGES = [0, 5, 30, 60, 120, 360, 1440, 4320] as const;

/** Events of one stretch: its place among the edges, from 1. */
export interface StretchCount {
  readonly stretch: number;
  readonly total: number;
  readonly bad: number;
}

/** The stretch that a moment lies in, 0 for none. */
export const STRETCH_OF = (at: string): string =>
  `arrayFirstIndex(edge -> dateDiff('minute', ${at}, fromUnixTimestamp64Milli({asOf:Int64})) < edge, {edges:Array(UInt32)})`;

export function stretchParameters(asOf: number) {
  return { asOf, from: asOf - EDGES[EDGES.length - 1]! * MINUTE, edges: EDGES.slice(1) };
}

export function pointsOf(counts: readonly StretchCount[], asOf: number): BudgetPoint[] {
  return counts.map(({ stretch, total, bad }) => ({
    from: asOf - EDGES[stretch]! * MINUTE,
    to: asOf - EDGES[stretch - 1]! * MINUTE,
    total,
    bad,
  }));
}

/** How many operations of these services had spans in the time that burn rates look back over. */
export async function countOperations(engine: Engine, services: readonly string[], asOf: number): Promise<number> {
  if (services.length === 0) return 0;
  const [row] = await engine.rows<{ operations: number }>(
    `SELECT uniqExact(service, operation) AS operations FROM {database}.span_minutes
     WHERE service IN {services:Array(String)} AND bucket >= fromUnixTimestamp64Milli({from:Int64})`,
    { services: [...services], from: stretchParameters(asOf).from },
  );
  return row?.operations ?? 0;
}

/**
 * Spans that were slow or failed, against all, in the stretches that multi-window burn rates are made of.
 * A span is slow when its duration bin (3 % wide) lies above the objective; one both slow and failed counts once at most.
 * @param asOf end of every window, Unix milliseconds
 */
export async function readBudgets(
  engine: Engine,
  services: readonly string[],
  asOf: number,
  objectiveMs: number,
): Promise<{ readonly service: string; readonly operation: string; readonly series: BudgetSeries }[]> {
  if (services.length === 0) return [];
  const rows = await engine.rows<{
    service: string;
    operation: string;
    stretch: number;
    spans: number;
    spoiled: number;
  }>(
    `SELECT service, operation,
            ${STRETCH_OF('bucket')} AS stretch,
            sum(count) AS spans,
            sum(least(count, errors + arraySum(mapValues(mapFilter((code, n) -> code > {slow:Int32}, durations))))) AS spoiled
     FROM {database}.span_minutes
     WHERE service IN {services:Array(String)}
       AND bucket >= fromUnixTimestamp64Milli({from:Int64}) AND bucket < fromUnixTimestamp64Milli({asOf:Int64})
     GROUP BY service, operation, stretch HAVING stretch > 0
     ORDER BY service, operation, stretch DESC`,
    {
      services: [...services],
      ...stretchParameters(asOf),
      slow: binCode(objectiveMs),
    },
  );
  const series = new Map<string, { service: string; operation: string; series: BudgetSeries }>();
  for (const row of rows) {
    const key = JSON.stringify([row.service, row.operation]);
    const known = series.get(key) ?? { service: row.service, operation: row.operation, series: { asOf, points: [] } };
    const [point] = pointsOf([{ stretch: row.stretch, total: row.spans, bad: row.spoiled }], asOf);
    series.set(key, { ...known, series: { asOf, points: [...known.series.points, point!] } });
  }
  return [...series.values()];
}
