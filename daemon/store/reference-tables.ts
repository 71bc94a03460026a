import type { Engine } from './engine.ts';

const TABLES = /\{database\}\.(predictions|labels|prediction_minutes)\b/g;

/**
 * The same session over the rows of uploaded references: the tables of predictions, labels and rollups are those of
 * references, where the id of the reference stands in the place of the model.
 */
export function referenceTables(engine: Engine): Engine {
  const there = (sql: string): string => sql.replaceAll(TABLES, '{database}.reference_$1');
  return {
    ...engine,
    rows: (sql, parameters) => engine.rows(there(sql), parameters),
    bytes: (sql, parameters) => engine.bytes(there(sql), parameters),
    save: (sql, format, file, parameters) => engine.save(there(sql), format, file, parameters),
    run: (sql, parameters) => engine.run(there(sql), parameters),
  };
}
