import { binCode } from '../../detectors/maths/log-bins.ts';
import { bucketOf } from './buckets.ts';
import type { KnownOperations, Operation, OperationPlaces } from './known-operations.ts';
import { Integer32Column, Integer64Column, LowCardinalityColumn } from './native/columns.ts';
import { MapColumn, SummedColumn } from './native/nested.ts';
import type { SpanCount } from './trace-sink.ts';

interface Cell {
  readonly bucket: number;
  count: number;
  errors: number;
  readonly durations: Map<number, number>;
}

/** The columns of the table `span_minutes`. */
export function spanMinuteColumns() {
  return {
    service: new LowCardinalityColumn(),
    operation: new LowCardinalityColumn(),
    bucket: new Integer32Column('DateTime'),
    count: new SummedColumn('sum', new Integer64Column('UInt64')),
    errors: new SummedColumn('sum', new Integer64Column('UInt64')),
    durations: new SummedColumn('sumMap', new MapColumn(new Integer32Column('Int32'), new Integer64Column('UInt64'))),
  };
}

/** Counts the spans of one segment by service, operation and minute while they are in hand. */
export class SpanRollup {
  readonly #places: OperationPlaces;
  readonly #cells = new Map<number, Map<number, Cell>>();

  constructor(known: KnownOperations) {
    this.#places = known.places;
  }

  count(span: SpanCount, receivedAt: number): void {
    const place = this.#places.placeOf(span.service, span.operation, receivedAt);
    const buckets = entry(this.#cells, place, () => new Map<number, Cell>());
    const bucket = bucketOf(span.startMs, receivedAt);
    const cell = entry(buckets, bucket, () => ({ bucket, count: 0, errors: 0, durations: new Map<number, number>() }));
    cell.count++;
    if (span.failed) cell.errors++;
    const code = binCode(span.durationMs);
    cell.durations.set(code, (cell.durations.get(code) ?? 0) + 1);
  }

  columns(): ReturnType<typeof spanMinuteColumns> {
    const columns = spanMinuteColumns();
    for (const [place, buckets] of this.#cells)
      for (const cell of buckets.values()) append(columns, this.#places.at(place), cell);
    return columns;
  }
}

function append(columns: ReturnType<typeof spanMinuteColumns>, { service, operation }: Operation, cell: Cell): void {
  columns.service.push(service);
  columns.operation.push(operation);
  columns.bucket.push(cell.bucket);
  columns.count.inner.push(cell.count);
  columns.errors.inner.push(cell.errors);
  for (const [code, count] of cell.durations) {
    columns.durations.inner.keys.push(code);
    columns.durations.inner.values.push(count);
  }
  columns.durations.inner.close();
}

/** The value of a key, made where it is absent. */
export function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
