import { BlockParts } from './block-parts.ts';
import type { Column } from './columns.ts';

/** Columns by the names they have in their table; all of the same number of rows between two records. */
export type Columns = Readonly<Record<string, Column>>;

export function rowsOf(columns: Columns): number {
  // Asked for with every body, so no list of all columns is made.
  for (const name in columns) return columns[name]!.rows;
  return 0;
}

/** Takes back every row after the first `rows`, and what an unfinished row has written. */
export function truncateColumns(columns: Columns, rows: number): void {
  for (const column of Object.values(columns)) column.truncate(rows);
}

/**
 * One block of ClickHouse's `Native` format: numbers of columns and rows as varints, then per column name, type and data. The
 * parts are the memory of the columns themselves, valid until the next record is written.
 * @throws when the columns differ in length, which is a defect
 */
export function blockParts(columns: Columns): readonly Uint8Array[] {
  const rows = rowsOf(columns);
  const names = Object.keys(columns);
  const out = new BlockParts();
  out.varint(names.length);
  out.varint(rows);
  for (const [name, column] of Object.entries(columns)) {
    if (column.rows !== rows) throw new Error(`column ${name} has ${column.rows} rows, ${names[0]} has ${rows}`);
    out.text(name);
    out.text(column.type);
    column.prefix(out);
    column.encode(out);
  }
  return out.parts();
}

/** The same in one piece. */
export function encodeBlock(columns: Columns): Uint8Array {
  return Buffer.concat(blockParts(columns));
}
