import { binCode } from '../../../detectors/maths/log-bins.ts';
import { millisecondsOf, wholeMilliseconds } from '../records/admission.ts';
import { bucketOf } from './buckets.ts';
import type { KnownOperations, Operation, OperationPlaces } from './known-operations.ts';
import { Integer32Column, Integer64Column, LowCardinalityColumn } from '../native/columns.ts';
import { MapColumn, SummedColumn } from '../native/nested.ts';
import type { SpanColumns } from '../records/spans.ts';

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
    bucket: new Integer32Column("DateTime('UTC')"),
    count: new SummedColumn('sum', new Integer64Column('UInt64')),
    errors: new SummedColumn('sum', new Integer64Column('UInt64')),
    durations: new SummedColumn('sumMap', new MapColumn(new Integer32Column('Int32'), new Integer64Column('UInt64'))),
  };
}

/** More places than a dictionary of one segment has. */
const PLACES = 2 ** 26;

/** Counts the spans of one segment by service, operation and minute, from the columns that they were written to. */
export class SpanRollup {
  readonly #operations: OperationPlaces;
  /** By the places of service and name in the dictionaries of the columns: the place of the operation. */
  readonly #known = new Map<number, number>();
  readonly #cells = new Map<number, Map<number, Cell>>();
  /** By operation: the cell that was counted in last. */
  readonly #latest: Cell[] = [];

  constructor(known: KnownOperations) {
    this.#operations = known.places;
  }

  /** Counts every row from `first` on. */
  count(spans: SpanColumns, first: number, receivedAt: number): void {
    const { Timestamp, Duration, StatusCode } = spans;
    const failed = StatusCode.placeOf('Error');
    for (let row = first; row < Timestamp.rows; row++) {
      const bucket = bucketOf(wholeMilliseconds(Timestamp.lowAt(row), Timestamp.highAt(row)), receivedAt);
      const cell = this.#cell(this.#operation(spans, row, receivedAt), bucket);
      cell.count++;
      if (StatusCode.placeAt(row) === failed) cell.errors++;
      const code = binCode(millisecondsOf(Duration.lowAt(row), Duration.highAt(row)));
      cell.durations.set(code, (cell.durations.get(code) ?? 0) + 1);
    }
  }

  columns(): ReturnType<typeof spanMinuteColumns> {
    const columns = spanMinuteColumns();
    for (const [place, buckets] of this.#cells)
      for (const cell of buckets.values()) append(columns, this.#operations.at(place), cell);
    return columns;
  }

  #operation({ ServiceName, SpanName }: SpanColumns, row: number, receivedAt: number): number {
    const [service, name] = [ServiceName.placeAt(row), SpanName.placeAt(row)];
    const key = service * PLACES + name;
    let place = this.#known.get(key);
    if (place === undefined) {
      place = this.#operations.placeOf(ServiceName.textOf(service), SpanName.textOf(name), receivedAt);
      this.#known.set(key, place);
    }
    return place;
  }

  #cell(operation: number, bucket: number): Cell {
    const latest = this.#latest[operation];
    if (latest?.bucket === bucket) return latest;
    const buckets = entry(this.#cells, operation, () => new Map<number, Cell>());
    const cell = entry(buckets, bucket, () => ({ bucket, count: 0, errors: 0, durations: new Map<number, number>() }));
    this.#latest[operation] = cell;
    return cell;
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
