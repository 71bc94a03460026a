import type { BlockParts } from './block-parts.ts';
import { Uint32List } from './bytes.ts';
import type { Column, Range } from './columns.ts';

/** Rows of several elements: push the elements into `items`, then `close` the row. */
export class ArrayColumn<Items extends Column> implements Column {
  readonly type: string;
  readonly items: Items;
  readonly #ends = new Uint32List();

  constructor(items: Items) {
    this.items = items;
    this.type = `Array(${items.type})`;
  }

  get rows(): number {
    return this.#ends.length;
  }

  close(): void {
    this.#ends.push(this.items.rows);
  }

  /** Closes rows at elements that are pushed already, counted from `first` on. */
  closeAt({ memory, start, end }: Range<Uint32Array>, first: number): void {
    this.#ends.append(memory, start, end, first);
  }

  truncate(rows: number): void {
    this.items.truncate(this.#ends.at(rows - 1));
    this.#ends.length = rows;
  }

  prefix(out: BlockParts): void {
    this.items.prefix(out);
  }

  encode(out: BlockParts): void {
    encodeEnds(this.#ends, out);
    this.items.encode(out);
  }
}

/** Rows of keys and values: push as many into `keys` as into `values`, then `close` the row. */
export class MapColumn<Keys extends Column, Values extends Column> implements Column {
  readonly type: string;
  readonly keys: Keys;
  readonly values: Values;
  readonly #ends = new Uint32List();

  constructor(keys: Keys, values: Values) {
    this.keys = keys;
    this.values = values;
    this.type = `Map(${keys.type}, ${values.type})`;
  }

  get rows(): number {
    return this.#ends.length;
  }

  close(): void {
    this.#ends.push(this.keys.rows);
  }

  /** Closes rows at elements that are pushed already, counted from `first` on. */
  closeAt({ memory, start, end }: Range<Uint32Array>, first: number): void {
    this.#ends.append(memory, start, end, first);
  }

  truncate(rows: number): void {
    const elements = this.#ends.at(rows - 1);
    this.keys.truncate(elements);
    this.values.truncate(elements);
    this.#ends.length = rows;
  }

  prefix(out: BlockParts): void {
    this.keys.prefix(out);
    this.values.prefix(out);
  }

  encode(out: BlockParts): void {
    encodeEnds(this.#ends, out);
    this.keys.encode(out);
    this.values.encode(out);
  }
}

/** A column whose values the table adds up; on the wire it is the column inside. */
export class SummedColumn<Inner extends Column> implements Column {
  readonly type: string;
  readonly inner: Inner;

  constructor(aggregate: 'sum' | 'sumMap', inner: Inner) {
    this.inner = inner;
    this.type = `SimpleAggregateFunction(${aggregate}, ${inner.type})`;
  }

  get rows(): number {
    return this.inner.rows;
  }

  truncate(rows: number): void {
    this.inner.truncate(rows);
  }

  prefix(out: BlockParts): void {
    this.inner.prefix(out);
  }

  encode(out: BlockParts): void {
    this.inner.encode(out);
  }
}

/** As UInt64. */
function encodeEnds(ends: Uint32List, out: BlockParts): void {
  const wide = new Uint32Array(ends.length * 2);
  for (let row = 0; row < ends.length; row++) wide[row * 2] = ends.at(row);
  out.attach(wide);
}
