import type { Window } from '../../detectors/terms.ts';
import { EDGES, type StretchCount } from './budgets.ts';
import type { Engine } from './engine.ts';
import { TRAFFIC } from './prediction-hours.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** The newest that are looked at: more are the way of a model that answers now and then, whatever `within` says. */
const MOST_GAPS = 200;
const OWN = `model = {model:String} AND slice = 'all' AND ${TRAFFIC}`;

/** Time between two predictions, or after the last one. */
export interface Silence extends Window {
  /** The stretch that it lies in, as burn rates count them. */
  readonly stretch: number;
  /** As long, at the same time of an earlier week or day, before the silence began; null where the model is too young for both. */
  readonly usual: Window | null;
}

/** When a model was heard, in whole minutes (their starts). */
export interface Heard {
  readonly first: number;
  /** Pairs of minutes with predictions that lie further apart than is allowed, ascending; the later is `asOf` after the last one. */
  readonly gaps: readonly { readonly last: number; readonly next: number }[];
}

/**
 * What of the gaps counts: all but the first `within`, cut at the stretches that burn rates are made of. What would have come then
 * is what came at the same time of the newest week (or day) that ended before the silence began.
 */
export function silencesIn({ first, gaps }: Heard, within: number, asOf: number): Silence[] {
  return gaps.flatMap(({ last, next }) => {
    const [began, from] = [last + MINUTE, last + MINUTE + within];
    return EDGES.slice(1).flatMap((edge, at): Silence[] => {
      const part = { from: Math.max(from, asOf - edge * MINUTE), to: Math.min(next, asOf - EDGES[at]! * MINUTE) };
      if (part.from >= part.to) return [];
      const usual = [7 * DAY, DAY]
        .map((season) => season * Math.ceil((part.to - began) / season))
        .find((ago) => part.from - ago >= first);
      return [
        {
          ...part,
          stretch: at + 1,
          usual: usual === undefined ? null : { from: part.from - usual, to: part.to - usual },
        },
      ];
    });
  });
}

/**
 * Predictions that a model should have made and did not, by stretch: while nothing came for longer than `within`, as many as
 * usual are missed; of a model of less than a day, as many as it made until then.
 */
export async function readMissedScores(
  engine: Engine,
  model: string,
  within: number,
  asOf: number,
): Promise<StretchCount[]> {
  const heard = await readHeard(engine, model, within, asOf);
  const silences = heard === undefined ? [] : silencesIn(heard, within, asOf);
  if (heard === undefined || silences.length === 0) return [];
  const young = { from: heard.first, to: (heard.gaps[0]?.last ?? heard.first) + MINUTE };
  const counts = await readCounts(engine, model, [young, ...silences.map(({ usual }) => usual ?? young)]);
  const byStretch = new Map<number, number>();
  for (const [at, { from, to, stretch, usual }] of silences.entries()) {
    const seen = usual ?? young;
    const missed = ((counts[at + 1] ?? 0) * (to - from)) / (seen.to - seen.from);
    byStretch.set(stretch, (byStretch.get(stretch) ?? 0) + missed);
  }
  return [...byStretch]
    .map(([stretch, missed]) => ({ stretch, total: Math.round(missed), bad: Math.round(missed) }))
    .filter(({ total }) => total > 0);
}

async function readHeard(engine: Engine, model: string, within: number, asOf: number): Promise<Heard | undefined> {
  const [extent] = await engine.rows<{ minutes: number; first: number; before: number; last: number }>(
    `SELECT count() AS minutes, toUnixTimestamp(min(bucket)) * 1000 AS first, toUnixTimestamp(max(bucket)) * 1000 AS last,
            toUnixTimestamp(maxIf(bucket, bucket < fromUnixTimestamp64Milli({from:Int64}))) * 1000 AS before
     FROM {database}.prediction_minutes WHERE ${OWN} AND bucket < fromUnixTimestamp64Milli({asOf:Int64})`,
    { model, from: asOf - EDGES.at(-1)! * MINUTE - within, asOf },
  );
  if (extent === undefined || extent.minutes === 0) return undefined;
  const { first, before, last } = extent;
  const gaps = await engine.rows<{ last: number; next: number }>(
    `SELECT last, next FROM (
       SELECT minute AS next, lagInFrame(minute, 1, minute) OVER (ORDER BY minute) AS last FROM (
         SELECT DISTINCT toUnixTimestamp(bucket) * 1000 AS minute FROM {database}.prediction_minutes
         WHERE ${OWN} AND bucket >= fromUnixTimestamp64Milli({from:Int64}) AND bucket < fromUnixTimestamp64Milli({asOf:Int64})))
     WHERE next - last > {within:Int64} + ${MINUTE} ORDER BY next DESC LIMIT {most:UInt32}`,
    { model, from: before > 0 ? before : first, asOf, within, most: MOST_GAPS },
  );
  const ascending = gaps.toReversed();
  return { first, gaps: asOf - last > within + MINUTE ? [...ascending, { last, next: asOf }] : ascending };
}

/** Predictions of a model in each of some stretches, which may overlap. */
async function readCounts(engine: Engine, model: string, stretches: readonly Window[]): Promise<number[]> {
  const [row] = await engine.rows<{ counts: number[] }>(
    `SELECT arrayMap((start, end) -> arraySum(arrayFilter((n, at) -> at >= start AND at < end, counts, minutes)), {starts:Array(Int64)}, {ends:Array(Int64)}) AS counts
     FROM (SELECT groupArray(records) AS counts, groupArray(minute) AS minutes FROM (
       SELECT toUnixTimestamp(bucket) * 1000 AS minute, sum(count) AS records FROM {database}.prediction_minutes
       WHERE ${OWN} AND arrayExists((start, end) -> minute >= start AND minute < end, {starts:Array(Int64)}, {ends:Array(Int64)})
       GROUP BY minute))`,
    { model, starts: stretches.map(({ from }) => from), ends: stretches.map(({ to }) => to) },
  );
  return row?.counts ?? [];
}
