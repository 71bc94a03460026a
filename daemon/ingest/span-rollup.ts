import { binCode } from '../../detectors/maths/log-bins.ts';
import { bucketOf, OTHER } from './buckets.ts';
import { Integer32Column, Integer64Column, LowCardinalityColumn } from './native/columns.ts';
import { MapColumn, SummedColumn } from './native/nested.ts';
import type { SpanCount } from './trace-sink.ts';

/** Most operations of one service: names with ids in them must not fill memory or the table. */
const MAX_OPERATIONS = 1000;

interface Cell {
  readonly service: string;
  readonly operation: string;
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

/** Operations seen of each service since the start; those above the limit are counted together. */
export type KnownOperations = Map<string, Set<string>>;

/** Counts the spans of one segment by service, operation and minute while they are in hand. */
export class SpanRollup {
  readonly #known: KnownOperations;
  readonly #cells = new Map<string, Map<string, Map<number, Cell>>>();

  constructor(known: KnownOperations) {
    this.#known = known;
  }

  count(span: SpanCount, receivedAt: number): void {
    const operation = this.#operation(span.service, span.operation);
    const operations = entry(this.#cells, span.service, () => new Map<string, Map<number, Cell>>());
    const buckets = entry(operations, operation, () => new Map<number, Cell>());
    const bucket = bucketOf(span.startMs, receivedAt);
    const { service } = span;
    const cell = entry(buckets, bucket, () => ({
      service,
      operation,
      bucket,
      count: 0,
      errors: 0,
      durations: new Map<number, number>(),
    }));
    cell.count++;
    if (span.failed) cell.errors++;
    const code = binCode(span.durationMs);
    cell.durations.set(code, (cell.durations.get(code) ?? 0) + 1);
  }

  columns(): ReturnType<typeof spanMinuteColumns> {
    const columns = spanMinuteColumns();
    for (const operations of this.#cells.values())
      for (const buckets of operations.values()) for (const cell of buckets.values()) append(columns, cell);
    return columns;
  }

  #operation(service: string, operation: string): string {
    const known = entry(this.#known, service, () => new Set<string>());
    if (known.has(operation)) return operation;
    if (known.size >= MAX_OPERATIONS) return OTHER;
    known.add(operation);
    return operation;
  }
}

function append(columns: ReturnType<typeof spanMinuteColumns>, cell: Cell): void {
  columns.service.push(cell.service);
  columns.operation.push(cell.operation);
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
