import type { Engine } from './engine.ts';

/** Predictions of one version that one segment of the spool brought. */
export interface NewSegment {
  readonly version: string;
  /** Grows with the time at which the segment was begun, in microseconds. */
  readonly segment: number;
  readonly count: number;
  /** When the first of them came in. */
  readonly receivedAt: number;
}

export interface NewSegmentsQuery {
  readonly model: string;
  /** Version whose answers are wanted; every version but the candidate without it. */
  readonly control: string | null;
  readonly candidate: string;
  /** Segments begun since then. */
  readonly since: number;
  /** Predictions with an older timestamp are not live. */
  readonly madeSince: number;
}

/** Segments with predictions that a control answered, oldest first; a segment is there as a whole or not at all. */
export async function findNewSegments(engine: Engine, query: NewSegmentsQuery): Promise<NewSegment[]> {
  return engine.rows(
    `SELECT version, segment, count() AS count, toUnixTimestamp64Milli(min(received_at)) AS receivedAt
     FROM {database}.predictions
     WHERE model = {model:String} AND version != {candidate:String} AND ({control:String} = '' OR version = {control:String})
       AND role = 'control' AND timestamp >= fromUnixTimestamp64Milli({madeSince:Int64}) AND segment >= {since:UInt64}
     GROUP BY version, segment ORDER BY segment, version`,
    { ...query, control: query.control ?? '', since: query.since * 1000 },
  );
}
