import type { Engine } from './engine.ts';

const UPLOADED = /\{database\}\.(predictions|labels|prediction_minutes|prediction_hours)\b/g;
const FROZEN = /\{database\}\.(predictions|prediction_minutes|prediction_hours)\b/g;

/**
 * The same session over the rows of uploaded references: the tables of predictions, labels and rollups are those of
 * references, where the id of the reference stands in the place of the model.
 */
export function referenceTables(engine: Engine): Engine {
  return redirect(engine, UPLOADED);
}

/** The same session over the copy of a stretch of predictions that became a reference; labels are those that come for them. */
export function frozenTables(engine: Engine): Engine {
  return { ...redirect(engine, FROZEN), frozen: true };
}

function redirect(engine: Engine, tables: RegExp): Engine {
  const there = (sql: string): string => sql.replaceAll(tables, '{database}.reference_$1');
  return {
    ...engine,
    rows: (sql, parameters) => engine.rows(there(sql), parameters),
    bytes: (sql, parameters) => engine.bytes(there(sql), parameters),
    save: (sql, format, file, parameters) => engine.save(there(sql), format, file, parameters),
    run: (sql, parameters) => engine.run(there(sql), parameters),
  };
}
