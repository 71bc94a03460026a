import * as fc from 'fast-check';
import {
  Float32Column,
  Float64Column,
  Integer32Column,
  Integer64Column,
  LowCardinalityColumn,
  NullableFloat64Column,
  StringColumn,
} from '../../daemon/ingest/native/columns.ts';
import { ArrayColumn, MapColumn, SummedColumn } from '../../daemon/ingest/native/nested.ts';

/** A row of generated values, with every type of column that tables have. */
export interface Row {
  readonly text: string;
  readonly word: string;
  readonly number: number;
  readonly maybe: number | null;
  readonly whole: number;
  readonly tags: readonly (readonly [string, string])[];
  readonly words: readonly string[];
  readonly vectors: readonly (readonly [string, readonly number[]])[];
  readonly events: readonly (readonly (readonly [string, string])[])[];
  readonly sum: number;
  readonly bins: readonly (readonly [number, number])[];
  readonly words_counted: readonly (readonly [string, number])[];
  readonly code: number;
  readonly minute: number;
}

export function everyColumn() {
  return {
    text: new StringColumn(),
    word: new LowCardinalityColumn(),
    number: new Float64Column(),
    maybe: new NullableFloat64Column(),
    whole: new Integer64Column('UInt64'),
    at: new Integer64Column("DateTime64(3, 'UTC')"),
    code: new Integer32Column('Int32'),
    minute: new Integer32Column("DateTime('UTC')"),
    sum: new SummedColumn('sum', new Integer64Column('UInt64')),
    bins: new SummedColumn('sumMap', new MapColumn(new Integer32Column('Int32'), new Integer64Column('UInt64'))),
    words_counted: new SummedColumn('sumMap', new MapColumn(new StringColumn(), new Integer64Column('UInt64'))),
    tags: new MapColumn(new LowCardinalityColumn(), new StringColumn()),
    words: new ArrayColumn(new LowCardinalityColumn()),
    vectors: new MapColumn(new LowCardinalityColumn(), new ArrayColumn(new Float32Column())),
    events: new ArrayColumn(new MapColumn(new LowCardinalityColumn(), new StringColumn())),
  };
}

export function pushRow(columns: ReturnType<typeof everyColumn>, row: Row): void {
  columns.text.push(row.text);
  columns.word.push(row.word);
  columns.number.push(row.number);
  columns.maybe.push(row.maybe);
  columns.whole.push(row.whole);
  columns.at.push(row.whole % 1e12);
  columns.code.push(row.code);
  columns.minute.push(row.minute);
  columns.sum.inner.push(row.sum);
  for (const [bin, count] of row.bins) {
    columns.bins.inner.keys.push(bin);
    columns.bins.inner.values.push(count);
  }
  columns.bins.inner.close();
  for (const [word, count] of row.words_counted) {
    columns.words_counted.inner.keys.push(word);
    columns.words_counted.inner.values.push(count);
  }
  columns.words_counted.inner.close();
  for (const [key, value] of row.tags) {
    columns.tags.keys.push(key);
    const bytes = Buffer.from(value);
    columns.tags.values.pushBytes(bytes, 0, bytes.length);
  }
  columns.tags.close();
  for (const word of row.words) columns.words.items.push(word);
  columns.words.close();
  for (const [key, vector] of row.vectors) {
    columns.vectors.keys.push(key);
    for (const element of vector) columns.vectors.values.items.push(element);
    columns.vectors.values.close();
  }
  columns.vectors.close();
  for (const event of row.events) {
    for (const [key, value] of event) {
      columns.events.items.keys.push(key);
      columns.events.items.values.push(value);
    }
    columns.events.items.close();
  }
  columns.events.close();
}

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const text = fc.string({ unit: 'grapheme', maxLength: 60 });
const pairs = fc.uniqueArray(fc.tuple(text, text), { selector: ([key]) => key, maxLength: 4 });
export const rowArbitrary: fc.Arbitrary<Row> = fc.record({
  text,
  word: fc.oneof(fc.constantFrom('', 'a', 'b'), text),
  number: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
  maybe: fc.option(fc.integer({ min: -1000, max: 1000 })),
  whole: fc.maxSafeNat(),
  tags: pairs,
  words: fc.array(text, { maxLength: 3 }),
  vectors: fc.uniqueArray(fc.tuple(text, fc.array(fc.integer({ min: -99, max: 99 }), { maxLength: 3 })), {
    selector: ([key]) => key,
    maxLength: 3,
  }),
  events: fc.array(pairs, { maxLength: 3 }),
  sum: fc.maxSafeNat(),
  bins: fc.uniqueArray(fc.tuple(int32, fc.maxSafeNat()), { selector: ([bin]) => bin, maxLength: 3 }),
  words_counted: fc.uniqueArray(fc.tuple(text, fc.maxSafeNat()), { selector: ([word]) => word, maxLength: 3 }),
  code: int32,
  minute: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});

/** The row as the engine gives it back. */
export function asRead(row: Row): Record<string, unknown> {
  const timeText = (at: number, digits: number): string =>
    new Date(at)
      .toISOString()
      .replace('T', ' ')
      .slice(0, 20 + digits)
      .replace(/\.?Z?$/, '');
  return {
    ...row,
    at: timeText(row.whole % 1e12, 3),
    minute: timeText(row.minute * 1000, 0),
    tags: Object.fromEntries(row.tags),
    vectors: Object.fromEntries(row.vectors),
    events: row.events.map((event) => Object.fromEntries(event)),
    bins: Object.fromEntries(row.bins),
    words_counted: Object.fromEntries(row.words_counted),
  };
}

/** A block as the engine writes it into a file: of a `DateTime`, and of no other type, it leaves the zone out. */
export function asWritten(block: Uint8Array): string {
  const named = (type: string): string => String.fromCharCode(type.length) + type;
  return Buffer.from(block).toString('latin1').replaceAll(named("DateTime('UTC')"), named('DateTime'));
}
