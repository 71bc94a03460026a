import type { predictionMinuteColumns } from '../rollups/prediction-rollup.ts';
import type { spanMinuteColumns } from '../rollups/span-rollup.ts';

/** A prime below 2^31: numbers of segments are microseconds, and those of one bucket differ by less. */
const MARKS = 2_147_483_647;
/** Service of the marks among the rows of `span_minutes`. */
const MARK = '\0segment';

/**
 * Rollups add up, so a row does not tell which segments are in it. Each bucket of a rollup block therefore carries one more
 * row, the mark of its segment, which no reader counts: `SegmentTraces` in the store asks for it when it must be known, even
 * after years, whether a block is in the table. The marks of one bucket merge into one row.
 */
export function markSpanMinutes(columns: ReturnType<typeof spanMinuteColumns>, mark: number): void {
  for (const bucket of bucketsOf(columns)) {
    columns.service.push(MARK);
    columns.operation.push('');
    columns.bucket.push(bucket);
    columns.count.inner.push(0);
    columns.errors.inner.push(0);
    columns.durations.inner.keys.push(mark);
    columns.durations.inner.values.push(1);
    columns.durations.inner.close();
  }
}

/** Marks every bucket of predictions: a row of no model, of kind `segment`. */
export function markPredictionMinutes(columns: ReturnType<typeof predictionMinuteColumns>, mark: number): void {
  for (const bucket of bucketsOf(columns)) {
    for (const name of ['model', 'version', 'slice', 'name'] as const) columns[name].push('');
    columns.kind.push('segment');
    columns.bucket.push(bucket);
    columns.count.inner.push(0);
    columns.missing.inner.push(0);
    columns.numbers.inner.keys.push(mark);
    columns.numbers.inner.values.push(1);
    columns.numbers.inner.close();
    columns.categories.inner.close();
  }
}

/** Mark of a segment by its number, in 32 bits; `rebuild-rollups.ts` makes the same of the column `segment`. */
export function markOf(number: number): number {
  return number % MARKS;
}

function bucketsOf({ bucket }: Pick<ReturnType<typeof spanMinuteColumns>, 'bucket'>): ReadonlySet<number> {
  const buckets = new Set<number>();
  for (let row = 0; row < bucket.rows; row++) buckets.add(bucket.at(row));
  return buckets;
}
