const MINUTE = 60_000;
const HOUR = 3_600_000;
/** Records older than this at receipt are counted by the hour: a backfill of months must not make a row a minute. */
const LATE = 2 * HOUR;

/** Start of the bucket that a record is counted in, in Unix seconds. */
export function bucketOf(timestamp: number, receivedAt: number): number {
  const width = receivedAt - timestamp > LATE ? HOUR : MINUTE;
  return (Math.floor(timestamp / width) * width) / 1000;
}

/** The rollups' name for what is beyond a limit. */
export const OTHER = 'other';
